"""The cases of Docker's documentation of ``.dockerignore``, and those that its matcher is known for."""

import pytest

from projects.compose.dockerignore import DockerIgnore
from projects.compose.errors import BuildFailed

CASES = [
    # rules, path, ignored
    ("*/temp*", "somedir/temporary.txt", True),
    ("*/temp*", "somedir/subdir/temporary.txt", False),
    ("*/*/temp*", "somedir/subdir/temporary.txt", True),
    ("temp?", "tempa", True),
    ("temp?", "temp", False),
    ("temp?", "a/tempa", False),
    ("**/*.go", "main.go", True),
    ("**/*.go", "a/b/main.go", True),
    ("a/**/b", "a/b", True),
    ("a/**/b", "a/x/y/b", True),
    ("a/**", "a/x", True),
    ("**/a*b", "ax/ab", True),
    ("**/a/**/b*c*d/e", "x/a/y/z/bcbd/e", True),
    ("**/a/**/b*c*d/e", "x/a/y/z/bdbc/e", False),
    ("**/**/x", "x", True),
    ("a*b*c", "abbcbc", True),
    ("*a*b/*c", "aabb/xc", True),
    ("**", "anything/at/all", True),
    ("node_modules", "node_modules/left/index.js", True),
    ("node_modules", "web/node_modules/index.js", False),
    ("/foo", "foo", True),
    ("foo/", "foo/bar", True),
    ("./foo", "foo", True),
    ("foo/../bar", "bar", True),
    ("  spaced  ", "spaced", True),
    ("# comment", "# comment", False),
    ("*.md\n!README.md", "README.md", False),
    ("*.md\n!README.md", "CHANGES.md", True),
    ("*.md\n!README*.md\nREADME-secret.md", "README-secret.md", True),
    ("*.md\nREADME-secret.md\n!README*.md", "README-secret.md", False),
    ("*\n!src", "src/app.py", False),
    ("*\n!src", "other/app.py", True),
    ("!  kept\n", "kept", False),
    ("a.b", "axb", False),
    ("a+b(c)$", "a+b(c)$", True),
    ("[a-c]x", "bx", True),
    ("[^a-c]x", "bx", False),
    ("[a-c]x", "dx", False),
    (r"\*", "*", True),
    (r"\*", "x", False),
    ("[unclosed", "[unclosed", True),
    ("\ufefffoo", "foo", True),
    (".git", ".gitignore", False),
    ("", "anything", False),
    (".", "anything", False),
]


@pytest.mark.parametrize(("rules", "path", "ignored"), CASES)
def test_path_is_ignored_as_docker_does(rules: str, path: str, ignored: bool) -> None:
    assert DockerIgnore(rules).ignores(path) is ignored


def test_paths_that_are_always_sent_are_not_ignored() -> None:
    rules = DockerIgnore("*", always=("Dockerfile", ".dockerignore"))
    assert not rules.ignores("Dockerfile")
    assert not rules.ignores(".dockerignore")
    assert rules.ignores("app.py")


@pytest.mark.parametrize(
    ("rules", "directory", "walked"),
    [
        ("big", "big", False),
        ("big\n!big/kept.txt", "big", True),
        ("big\n!big/kept.txt", "other", False),
        ("*\n!**/*.py", "anything", True),
        ("*\n!src/app", "src", True),
        ("*\n!src", "srcs", False),
    ],
)
def test_ignored_directory_is_walked_only_for_what_is_taken_back_in(rules: str, directory: str, walked: bool) -> None:
    assert DockerIgnore(rules).may_take_in_below(directory) is walked


def test_hostile_patterns_are_matched_in_time() -> None:
    rules = DockerIgnore("**/a" * 40 + "/z\n" + "*a" * 60 + "z")
    assert not rules.ignores("a/" * 500 + "a")
    assert not rules.ignores("a" * 2000)


def test_invalid_pattern_is_named() -> None:
    with pytest.raises(BuildFailed, match=r'"\[z-a\]" of \.dockerignore'):
        DockerIgnore("ok\n[z-a]\n")
