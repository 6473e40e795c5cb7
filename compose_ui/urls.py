"""All URLs: the dashboard's own, and the administrators' pages."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

admin.autodiscover()

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("projects.urls")),
]
