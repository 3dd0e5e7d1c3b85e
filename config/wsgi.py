"""What gunicorn serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

# What is loaded now stays, so it is not searched for rubbish again. Python searches everything only once a quarter more
# is there than the last time: beside half a million objects that never go, much of what requests leave would pile up.
gc.collect()
gc.freeze()
