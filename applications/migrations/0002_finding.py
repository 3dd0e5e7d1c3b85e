from django.db import migrations, models
from django.db.models import Q

from config.migrations import AddIndexConcurrently, AddPartsIndex


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("applications", "0001_initial")]

    operations = [
        AddIndexConcurrently(
            model_name="application",
            index=models.Index(
                condition=Q(("state", "draft"), _negated=True), fields=["name"], name="application_by_name"
            ),
        ),
        AddPartsIndex(
            model_name="application",
            name="application_by_part",
            columns=["name_key", "email_key", "reference", "upper(organisation_name)"],
            condition="state <> 'draft'",
        ),
    ]
