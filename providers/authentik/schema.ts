/** A property, as Pulumi's package schema describes it. */
export interface PropertySpec {
  readonly type?: "string" | "boolean" | "number" | "integer" | "array" | "object";
  readonly $ref?: string;
  readonly description?: string;
  readonly items?: PropertySpec;
  readonly additionalProperties?: PropertySpec;
  readonly default?: string | number | boolean;
  readonly secret?: boolean;
  readonly replaceOnChanges?: boolean;
}

export interface ObjectSpec {
  readonly type?: "object";
  readonly properties: Readonly<Record<string, PropertySpec>>;
  readonly required?: readonly string[];
}

export interface ResourceSpec extends ObjectSpec {
  readonly description: string;
  readonly inputProperties: Readonly<Record<string, PropertySpec>>;
  readonly requiredInputs?: readonly string[];
}

export interface FunctionSpec {
  readonly description: string;
  readonly inputs: ObjectSpec;
  readonly outputs: ObjectSpec;
}

/** The part of Pulumi's package schema that this provider uses. */
export interface PackageSchema {
  readonly name: string;
  readonly version: string;
  readonly provider: Pick<ResourceSpec, "description" | "inputProperties" | "requiredInputs">;
  readonly types: Readonly<Record<string, ObjectSpec>>;
  readonly resources: Readonly<Record<string, ResourceSpec>>;
  readonly functions: Readonly<Record<string, FunctionSpec>>;
}
