"""The forms of the pages; a mistake is told at its field, in a sentence."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import BaseUserCreationForm
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from projects.compose.identity import project_name_problem
from projects.models import OFFERED, Membership, Project, Role
from projects.operations import live_picture
from projects.operations.variants import MOST_CONTAINERS, WAYS
from projects.templatetags.pages import say

LONGEST_PASTE = 1024 * 1024


class _Dressed(forms.Form):
    """A form whose fields wear the kit's classes and tell assistive technology of their errors."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)


def dress(form: forms.BaseForm) -> None:
    """Give each widget of `form` the kit's class."""
    for field in form.fields.values():
        kind = "form-select" if isinstance(field.widget, forms.Select) else "form-control"
        if isinstance(field.widget, forms.RadioSelect):
            kind = "form-check-input"
        field.widget.attrs.setdefault("class", kind)


class SetupForm(BaseUserCreationForm):  # type: ignore[type-arg]
    """Name and password of the first administrator."""

    class Meta:
        model = get_user_model()
        fields = ("username",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)
        self.fields["username"].help_text = ""


class NewProjectForm(_Dressed):
    """The name of a project; the ways to create one add to it."""

    name = forms.CharField(
        label=_("Name"),
        max_length=255,
        help_text=_("Lower-case letters, digits, dashes and underscores, beginning with a letter or digit."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}),
    )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        problem = project_name_problem(name)
        if problem is not None:
            raise ValidationError(say(problem))
        if Project.objects.filter(name=name).exists():
            raise ValidationError(gettext("The name %(name)s is already taken. Choose another one.") % {"name": name})
        if name in live_picture().projects:
            raise ValidationError(
                gettext(
                    "The engine already has a project %(name)s that the dashboard does not manage. "
                    "Adopt it on the list of projects, or choose another name."
                )
                % {"name": name}
            )
        return name


class PastedProjectForm(NewProjectForm):
    """A project from pasted YAML; mistakes in it are shown in the editor, not here: a draft is never refused."""

    text = forms.CharField(
        label=_("Compose file"),
        max_length=LONGEST_PASTE,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "false", "class": "form-control mono", "wrap": "off"}),
    )


class ManyFilesInput(forms.ClearableFileInput):
    """An input for several files."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several uploaded files, at least one."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[bytes]]:
        files = data if isinstance(data, list | tuple) else [data]
        return [super(ManyFilesField, self).clean(file, initial) for file in files]


class UploadedProjectForm(NewProjectForm):
    """A project from files or one zip archive."""

    uploads = ManyFilesField(
        label=_("Files"),
        help_text=_("The Compose file and what belongs to it, or one zip archive of them."),
    )


class UploadForm(_Dressed):
    """Files that are added to a project."""

    uploads = ManyFilesField(label=_("Files"))


class OperationForm(forms.Form):
    """A verb for a project or for some of its services."""

    verb = forms.ChoiceField(choices=[(verb.value, verb.label) for verb in OFFERED])
    volumes = forms.BooleanField(required=False)
    way = forms.ChoiceField(choices=[(way, way) for way in WAYS], required=False)
    count = forms.IntegerField(required=False, min_value=0, max_value=MOST_CONTAINERS)


class MembershipForm(forms.ModelForm):  # type: ignore[type-arg]
    """A person or a group, and their role."""

    class Meta:
        model = Membership
        fields = ("user", "group", "role")

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.project = project
        self.fields["user"] = forms.ModelChoiceField(
            User.objects.filter(is_active=True).exclude(pk__in=project.memberships.values("user").exclude(user=None)),
            label=_("Person"),
            required=False,
        )
        self.fields["group"] = forms.ModelChoiceField(
            Group.objects.exclude(pk__in=project.memberships.values("group").exclude(group=None)),
            label=_("Group"),
            required=False,
        )
        dress(self)


class RoleForm(forms.Form):
    """A new role for a member."""

    role = forms.ChoiceField(choices=Role.choices)


class DeleteForm(_Dressed):
    """Typing the project's name confirms its deletion."""

    what_of_files = forms.ChoiceField(
        label=_("Files"),
        choices=[("keep", _("Leave the files where they are")), ("trash", _("Move the files to the trash"))],
        initial="keep",
        widget=forms.RadioSelect,
    )
    name = forms.CharField(
        label=_("Type the project's name to confirm"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}),
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = project

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name != self.project.name:
            raise ValidationError(
                gettext("This is not the project's name, which is %(name)s.") % {"name": self.project.name}
            )
        return name
