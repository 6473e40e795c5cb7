"""The addresses of all pages; the rule of each is at its view (`projects.access.requires`)."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from projects.views import (
    accounts,
    configuration,
    creation,
    deletion,
    events,
    files,
    health,
    icon,
    listing,
    log_download,
    log_pages,
    logs,
    members,
    operations,
    overview,
    preferences,
    processes,
    script_texts,
    stats,
    terminals,
    vocabulary,
)

project_urls = [
    path("", overview.overview, name="overview"),
    path("files/", files.page, name="files"),
    path("files/content/", files.content, name="content"),
    path("files/create/", files.create, name="file-create"),
    path("files/rename/", files.rename, name="file-rename"),
    path("files/delete/", files.delete, name="file-delete"),
    path("files/upload/", files.upload, name="file-upload"),
    path("files/configuration/", configuration.effective_page, name="configuration"),
    path("files/environment/", configuration.environment_page, name="environment"),
    path("validate/", files.validate, name="validate"),
    path("logs/", logs.page, name="logs"),
    path("logs/page/", log_pages.page, name="logs-page"),
    path("logs/download/", log_download.page, name="logs-download"),
    path("stats/", stats.page, name="stats"),
    path("events/", events.page, name="events"),
    path("operations/", operations.operations, name="operations"),
    path("operations/<int:number>/", operations.operation, name="operation"),
    path("operations/<int:number>/output/", operations.output, name="operation-output"),
    path("operations/<int:number>/cancel/", operations.cancel, name="cancel"),
    path("processes/", processes.page, name="processes"),
    path("terminal/", terminals.page, name="terminal"),
    path("members/", members.members, name="members"),
    path("delete/", deletion.delete, name="delete"),
]

# Nothing but projects lies below projects/: any name that Compose allows is a project's.
urls: list[URLPattern | URLResolver] = [
    path("", listing.index, name="list"),
    path("projects/", listing.index),
    path("projects/<str:name>/", include(project_urls)),
    path("new/", creation.new, name="new"),
    path("found/", listing.found, name="found"),
    path("adopt/", listing.adopt, name="adopt"),
    path("sign-in/", accounts.sign_in, name="sign-in"),
    path("sign-out/", accounts.sign_out, name="sign-out"),
    path("password/", accounts.password, name="password"),
    path("setup/<str:token>/", accounts.setup, name="setup"),
    path("language/", accounts.language, name="language"),
    path("preferences/logs/", preferences.choose, name="log-preferences"),
    path("vocabulary/<str:language>/<str:fingerprint>/", vocabulary.page, name="vocabulary"),
    path("favicon.ico", icon.icon, name="icon"),
    path("health/", health.health, name="health"),
]

urlpatterns = [
    path("", include((urls, "projects"))),
    path("jsi18n/<str:language>/<str:fingerprint>/", script_texts.page, name="javascript-catalog"),
]
