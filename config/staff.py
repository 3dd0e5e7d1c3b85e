"""The staff's own admin site."""

from django.contrib import admin


class StaffSite(admin.AdminSite):
    """Django's admin at ``/staff/``: the frame in which academy staff work."""

    site_header = "Cascade for academy staff"
    site_title = "Cascade for academy staff"
    index_title = "Programmes and applications"
    enable_nav_sidebar = False
