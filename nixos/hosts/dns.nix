# The homelab's resolver.
{
  imports = [
    ../modules/base
    ../modules/dns
  ];
}
