"""Addresses of completing the training, and of checking a certificate."""

from django.urls import path

from facilitators.views import certificates, completion

urlpatterns = [
    path("my/<str:token>/complete/", completion.complete, name="complete"),
    path("my/<str:token>/certificate.pdf", completion.my_certificate, name="my_certificate"),
    path("certificates/<str:number>/", certificates.check, name="certificate"),
]
