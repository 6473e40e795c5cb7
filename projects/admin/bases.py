"""What the admin's pages have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from projects import audit
from projects.models import Project

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    Inline = admin.TabularInline[Any, Any]
else:  # Django's own classes are no generics while they run
    ModelAdmin, Inline = admin.ModelAdmin, admin.TabularInline

SENTENCES: Final[dict[str, Sequence[str]]] = {"all": ["dist/admin.css"]}


class ReadOnly:
    """Everybody who may look may look; nobody adds, changes or removes."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class Audited(ModelAdmin):
    """Every change made in the admin is in the record of who did what as well."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._record(request, "add", obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._record(request, "change", obj)
        return super().log_change(request, obj, message)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self._record(request, "delete", obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for obj in queryset:
            self._record(request, "delete", obj)
        super().delete_queryset(request, queryset)

    def _record(self, request: HttpRequest, action: str, obj: Model) -> None:
        name = obj.name if isinstance(obj, Project) else ""
        address = request.META.get("REMOTE_ADDR", "")
        what = f"admin.{obj._meta.model_name}.{action}"
        audit.record(request.user, what, name, address=address, object=str(obj), id=obj.pk)
