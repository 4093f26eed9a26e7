# The database server.
{
  imports = [
    ../modules/base
    ../modules/postgresql
  ];
}
