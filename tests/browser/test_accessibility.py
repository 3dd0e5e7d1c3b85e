"""No page breaks a rule of WCAG 2.2 A and AA that axe knows, in any state; errors are found by keyboard.

Mails are looked at in ``test_mails.py``, the error pages' template in ``test_form_pack_axe.py``.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from config.celery import app as celery
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core import mail
from django.urls import reverse
from playwright.sync_api import Page, expect

from applications.admin.decisions import DECISIONS
from applications.models import Application, Approval
from tests import factories, scenarios
from tests.browser.visits import check_page
from tests.crawl.addresses import fillings, patterns
from tests.crawl.world import World, build
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)

Check = Callable[[Page], None]
