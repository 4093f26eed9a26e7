# The feed reader.
{
  imports = [
    ../modules/base
    ../modules/miniflux
  ];
}
