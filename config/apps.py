"""The staff's admin site in place of Django's default one."""

from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    """Django's admin, with the portal's own site at ``/staff/``."""

    default_site = "config.staff.StaffSite"
