# Prometheus.
{
  imports = [
    ../modules/base
    ../modules/monitoring
  ];
}
