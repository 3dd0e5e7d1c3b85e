import pytest


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    """On a disk, as in life: what is left there is looked for."""
    settings.MEDIA_ROOT = tmp_path / "media"
    stores = {"default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}}
    settings.STORAGES = {**settings.STORAGES, **stores}
