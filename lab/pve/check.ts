import { checkFormat } from "./formats";
import { PropertyStringError, splitPropertyString } from "./propertyString";
import type { Parameter, Parameters } from "./schema/types";

const TYPES: Readonly<Record<string, RegExp>> = {
  integer: /^[+-]?\d+$/,
  number: /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/,
  boolean: /^[01]$/,
};

function limitError(parameter: Parameter, value: string): string | undefined {
  const { maxLength, minLength, maximum, minimum } = parameter;
  if (maxLength !== undefined && value.length > maxLength) {
    return `value may only be ${maxLength} characters long`;
  }
  if (minLength !== undefined && value.length < minLength) {
    return `value must be at least ${minLength} characters long`;
  }
  if (maximum !== undefined && Number(value) > maximum) {
    return `value must have a maximum value of ${maximum}`;
  }
  if (minimum !== undefined && Number(value) < minimum) {
    return `value must have a minimum value of ${minimum}`;
  }
  if (parameter.enum && !parameter.enum.includes(value)) {
    const choices = parameter.enum.join(", ");
    return `value '${value}' does not have a value in the enumeration '${choices}'`;
  }
  return undefined;
}

/** Checks one value and notes what is wrong with it under `path`. */
export function checkValue(
  path: string,
  format: string,
  parameter: Parameter,
  value: string | undefined,
  errors: Record<string, string>,
): void {
  if (value === undefined) {
    if (!parameter.optional) errors[path] = "property is missing and it is not optional";
    return;
  }
  if (TYPES[parameter.type]?.test(value) === false) {
    errors[path] = `type check ('${parameter.type}') failed - got '${value}'`;
    return;
  }
  if (parameter.properties) {
    try {
      parsePropertyString(value, parameter.properties, path);
    } catch (error) {
      if (!(error instanceof PropertyStringError)) throw error;
      errors[path] = `invalid format - ${error.message}`;
      return;
    }
  }
  const wrong = checkFormat(format, value) ?? limitError(parameter, value);
  if (wrong !== undefined) errors[path] = wrong;
}

/** Reads a property string and checks each of its values. `path` names it in errors. */
export function parsePropertyString(
  text: string,
  properties: Parameters,
  path: string,
): Record<string, string> {
  const values = splitPropertyString(text, properties);
  const errors: Record<string, string> = {};
  for (const [key, property] of Object.entries(properties)) {
    const format = `${path.replace(/\d+$/, "")}.${key}`;
    checkValue(`${path}.${key}`, format, property, values[key], errors);
  }
  if (Object.keys(errors).length > 0) {
    const lines = Object.entries(errors).map(([key, error]) => `${key}: ${error}\n`);
    throw new PropertyStringError(`format error\n${lines.join("")}`);
  }
  return values;
}

/** How many of an indexed parameter there may be. */
const INDEXES: Readonly<Record<string, number>> = { net: 32, mp: 256, dev: 256, unused: 256 };

/** The schema of a parameter by its name in a request, such as `net0` for `net[n]`. */
export function parameterOf(parameters: Parameters, name: string): Parameter | undefined {
  if (Object.hasOwn(parameters, name)) return parameters[name];
  const [, base, index] = /^([a-z]+)(0|[1-9]\d*)$/.exec(name) ?? [];
  if (base === undefined || Number(index) >= (INDEXES[base] ?? 0)) return undefined;
  return parameters[`${base}[n]`];
}

/** Checks all parameters of a request; the result says what is wrong with each. */
export function checkParameters(
  parameters: Parameters,
  values: Readonly<Record<string, string>>,
): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const [name, parameter] of Object.entries(parameters)) {
    if (!name.endsWith("[n]")) checkValue(name, name, parameter, values[name], errors);
  }
  for (const [name, value] of Object.entries(values)) {
    if (Object.hasOwn(parameters, name)) continue;
    const parameter = parameterOf(parameters, name);
    if (parameter) checkValue(name, name.replace(/\d+$/, ""), parameter, value, errors);
    else {
      errors[name] =
        "property is not defined in schema and the schema does not allow additional properties";
    }
  }
  return errors;
}
