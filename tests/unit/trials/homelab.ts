/** A network with what serves the others, without the services of a trial. */
export const homelab = `
[network]
domain = "home.example"
network_cidr = "192.168.40.0/24"
gateway = "192.168.40.1"
[core_services.dns]
ip = "192.168.40.13"
[core_services.postgresql]
ip = "192.168.40.11"
[core_services.caddy]
ip = "192.168.40.10"
`;
