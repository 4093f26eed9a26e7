import { randomUUID, X509Certificate, createPrivateKey } from "node:crypto";
import type { Brand, Certificate, Flow, JsonObject } from "../../model";
import { fieldError } from "../errors";
import { keysOf, over, type Resource } from "../resource";
import { textOf } from "../../json";

export const flows: Resource<"flow"> = {
  kind: "flow",
  path: "/flows/instances/",
  label: "Flow",
  lookup: ({ slug }) => slug,
  key: ({ pk }) => pk,
  unique: { slug: "Flow with this slug already exists." },
  search: ["name", "slug", "designation", "title"],
  filters: { flow_uuid: (flow, value) => flow.pk === value },
  create: (body) =>
    Promise.resolve(
      over<Flow>(
        {
          pk: randomUUID(),
          slug: "",
          name: "",
          title: "",
          designation: "",
          authentication: "none",
          denied_action: "message_continue",
          layout: "stacked",
          policy_engine_mode: "any",
          compatibility_mode: false,
        },
        body,
      ),
    ),
  present: (flow) =>
    Promise.resolve({
      ...(flow as unknown as JsonObject),
      policybindingmodel_ptr_id: flow.pk,
      background: "/static/dist/assets/images/flow_background.jpg",
      stages: [],
      policies: [],
      cache_count: 0,
      export_url: `/api/v3/flows/instances/${flow.slug}/export/`,
    }),
};

export const certificates: Resource<"certificate"> = {
  kind: "certificate",
  path: "/crypto/certificatekeypairs/",
  label: "Certificate-Key Pair",
  lookup: ({ pk }) => pk,
  key: ({ pk }) => pk,
  unique: { name: "Certificate-Key Pair with this name already exists." },
  search: ["name"],
  filters: { has_key: ({ key }, value) => (key !== "") === (value.toLowerCase() === "true") },
  create: ({ name, certificate_data, key_data }) =>
    Promise.resolve({
      pk: randomUUID(),
      managed: null,
      name: textOf(name),
      certificate: textOf(certificate_data),
      key: typeof key_data === "string" ? key_data : "",
    }),
  change: (object, { name, certificate_data, key_data }) =>
    Promise.resolve({
      ...object,
      ...(typeof name === "string" && { name }),
      ...(typeof certificate_data === "string" && { certificate: certificate_data }),
      ...(typeof key_data === "string" && { key: key_data }),
    }),
  check({ certificate, key }) {
    try {
      new X509Certificate(certificate);
    } catch {
      throw fieldError("certificate_data", "Unable to load certificate.");
    }
    try {
      if (key) createPrivateKey(key);
    } catch {
      throw fieldError("key_data", "Unable to load private key (possibly encrypted?).");
    }
    return Promise.resolve();
  },
  present: (object) => Promise.resolve(presentCertificate(object)),
};

function presentCertificate({ pk, name, managed, certificate, key }: Certificate): JsonObject {
  const x509 = new X509Certificate(certificate);
  const path = `/api/v3/crypto/certificatekeypairs/${pk}`;
  return {
    pk,
    name,
    managed,
    fingerprint_sha256: x509.fingerprint256.toLowerCase(),
    fingerprint_sha1: x509.fingerprint.toLowerCase(),
    cert_expiry: new Date(x509.validTo).toISOString(),
    cert_subject: x509.subject.split("\n").reverse().join(","),
    private_key_available: key !== "",
    private_key_type: key === "" ? null : (createPrivateKey(key).asymmetricKeyType ?? null),
    certificate_download_url: `${path}/view_certificate/?download`,
    private_key_download_url: `${path}/view_private_key/?download`,
  };
}

const flow = keysOf("flow");

export const brands: Resource<"brand"> = {
  kind: "brand",
  path: "/core/brands/",
  label: "Brand",
  lookup: ({ brand_uuid }) => brand_uuid,
  key: ({ brand_uuid }) => brand_uuid,
  references: {
    flow_authentication: flow,
    flow_invalidation: flow,
    flow_recovery: flow,
    flow_unenrollment: flow,
    flow_user_settings: flow,
    flow_device_code: flow,
    default_application: keysOf("application"),
    web_certificate: keysOf("certificate"),
    client_certificates: keysOf("certificate"),
  },
  search: ["domain", "branding_title"],
  async create(body, world) {
    const [model] = await world.all("brand");
    const { flow_recovery: _, ...defaults } = model!;
    const own = { ...body, flow_recovery: body.flow_recovery ?? null };
    return over<Brand>({ ...defaults, brand_uuid: randomUUID(), default: false }, own);
  },
  async check(brand, world) {
    const others = (await world.all("brand")).filter(
      (each) => each.brand_uuid !== brand.brand_uuid,
    );
    if (brand.default && others.some((each) => each.default)) {
      throw fieldError("default", "Only a single brand can be set as default.");
    }
  },
  present: (brand) => Promise.resolve(brand),
};
