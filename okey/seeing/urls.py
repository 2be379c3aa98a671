from django.urls import path

from okey.seeing import health, metrics

urlpatterns = [
    # By these very addresses, without a slash: probes and Prometheus are set up with them.
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("metrics", metrics.page, name="metrics"),
]
