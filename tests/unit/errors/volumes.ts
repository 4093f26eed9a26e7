import { base } from "../fixtures";

const photos = (lines: string) => `${base}[services.photos]\nip = "192.168.99.70"\n${lines}\n`;

/** Manifests that are refused for their disks, or for parts of the node. */
export const volumeCases: Record<string, [text: string]> = {
  "a volume without a size": [photos('volumes.data = { path = "/srv/photos" }')],
  "a volume's relative path": [photos('volumes.data = { path = "srv/photos", size_gb = 10 }')],
  "a volume whose path would be another option": [
    photos('volumes.data = { path = "/srv,backup=0", size_gb = 10 }'),
  ],
  "a volume in the Nix store": [photos('volumes.data = { path = "/nix/store", size_gb = 10 }')],
  "a volume in place of the secrets": [
    photos('volumes.data = { path = "/var/lib/nixmox/secrets", size_gb = 10 }'),
  ],
  "a volume in place of everybody's folder": [
    photos('volumes.data = { path = "/var/lib", size_gb = 10 }'),
  ],
  "two volumes at one path": [
    photos(
      'volumes.data = { path = "/srv/photos", size_gb = 10 }\nvolumes.more = { path = "/srv/photos", size_gb = 20 }',
    ),
  ],
  "a volume inside another one": [
    photos(
      'volumes.data = { path = "/srv/photos", size_gb = 10 }\nvolumes.thumbs = { path = "/srv/photos/thumbs", size_gb = 20 }',
    ),
  ],
  "a folder of the node": [photos('mounts.media = { from = "/tank/media", path = "/srv/media" }')],
  "a folder of the node, beside a volume": [
    photos(
      'node = "pve2"\nvolumes.data = { path = "/srv/photos", size_gb = 10 }\nmounts.media = { from = "/tank/media", path = "/srv/media" }',
    ),
  ],
  "a device of the node": [photos('devices = ["/dev/dri/renderD128"]')],
  "a privileged container": [photos("privileged = true")],
};
