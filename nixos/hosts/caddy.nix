# The reverse proxy.
{
  imports = [
    ../modules/base
    ../modules/caddy
  ];
}
