/** What names, labels and their like may look like (apimachinery/pkg/util/validation). Each returns what is wrong. */

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const LABEL_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?";
const QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const LABEL_VALUE = `(${QUALIFIED})?`;
const WILDCARD = `\\*\\.${SUBDOMAIN}`;
const CONFIG_KEY = "[-._a-zA-Z0-9]+";
const HTTP_HEADER = "[-A-Za-z0-9]+";

const whole = (pattern: string) => new RegExp(`^${pattern}$`);
const IS_LABEL = whole(LABEL);
const IS_SUBDOMAIN = whole(SUBDOMAIN);
const IS_LABEL_1035 = whole(LABEL_1035);
const IS_QUALIFIED = whole(QUALIFIED);
const IS_LABEL_VALUE = whole(LABEL_VALUE);
const IS_WILDCARD = whole(WILDCARD);
const IS_CONFIG_KEY = whole(CONFIG_KEY);
const IS_HTTP_HEADER = whole(HTTP_HEADER);

/** validation.RegexError: the doubled blank is upstream's. */
function regexProblem(message: string, pattern: string, ...examples: string[]): string {
  if (examples.length === 0) return `${message} (regex used for validation is '${pattern}')`;
  return `${message} (e.g. ${examples.map((example) => `'${example}', `).join(" or ")}regex used for validation is '${pattern}')`;
}

const maxLength = (length: number) => `must be no more than ${length} ${length === 1 ? "byte" : "bytes"}`;
const EMPTY = "must be non-empty";
const byteLength = (text: string) => {
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) > 0x7f) return new TextEncoder().encode(text).length;
  }
  return text.length;
};

const LABEL_PROBLEM = regexProblem(
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  LABEL,
  "my-name",
  "123-abc",
);
const SUBDOMAIN_PROBLEM = regexProblem(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  SUBDOMAIN,
  "example.com",
);
const LABEL_1035_PROBLEM = regexProblem(
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  LABEL_1035,
  "my-name",
  "abc-123",
);
const QUALIFIED_PROBLEM = regexProblem(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  QUALIFIED,
  "MyName",
  "my.name",
  "123-abc",
);
const LABEL_VALUE_PROBLEM = regexProblem(
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  LABEL_VALUE,
  "MyValue",
  "my_value",
  "12345",
);

/** Undefined is the empty text: where a required field is missing, Go has that. */
export type NameRule = (name: string | undefined) => string[];

export const isDns1123Label: NameRule = (value = "") => {
  const found: string[] = [];
  if (byteLength(value) > 63) found.push(maxLength(63));
  if (!IS_LABEL.test(value)) {
    // Something that would be a subdomain is told only that a label has no dots.
    found.push(IS_SUBDOMAIN.test(value) ? "must not contain dots" : LABEL_PROBLEM);
  }
  return found;
};

export const isDns1123Subdomain: NameRule = (value = "") => {
  const found: string[] = [];
  if (byteLength(value) > 253) found.push(maxLength(253));
  if (!IS_SUBDOMAIN.test(value)) found.push(SUBDOMAIN_PROBLEM);
  return found;
};

export const isDns1035Label: NameRule = (value = "") => {
  const found: string[] = [];
  if (byteLength(value) > 63) found.push(maxLength(63));
  if (!IS_LABEL_1035.test(value)) found.push(LABEL_1035_PROBLEM);
  return found;
};

export const isWildcardDns1123Subdomain: NameRule = (value = "") => {
  const found: string[] = [];
  if (byteLength(value) > 253) found.push(maxLength(253));
  if (!IS_WILDCARD.test(value))
    found.push(
      regexProblem(
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
        WILDCARD,
        "*.example.com",
      ),
    );
  return found;
};

/** "app", "example.com/app": keys of labels and annotations, finalizers, resource names. */
export const isQualifiedName: NameRule = (value = "") => {
  const parts = value.split("/");
  const found: string[] = [];
  let name: string;
  if (parts.length === 1) name = parts[0] ?? "";
  else if (parts.length === 2) {
    const prefix = parts[0] ?? "";
    name = parts[1] ?? "";
    if (prefix === "") found.push(`prefix part ${EMPTY}`);
    else found.push(...isDns1123Subdomain(prefix).map((problem) => `prefix part ${problem}`));
  } else {
    return [
      `a qualified name ${regexProblem("must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character", QUALIFIED, "MyName", "my.name", "123-abc")} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  if (name === "") found.push(`name part ${EMPTY}`);
  else if (byteLength(name) > 63) found.push(`name part ${maxLength(63)}`);
  if (!IS_QUALIFIED.test(name)) found.push(`name part ${QUALIFIED_PROBLEM}`);
  return found;
};

export const isLabelValue: NameRule = (value = "") => {
  const found: string[] = [];
  if (byteLength(value) > 63) found.push(maxLength(63));
  if (!IS_LABEL_VALUE.test(value)) found.push(LABEL_VALUE_PROBLEM);
  return found;
};

/** What 1.34 takes as the name of an environment variable: any printable ASCII but '='. */
export const isEnvironmentName: NameRule = (value = "") => {
  if (value === "") return ["environment variable name must be non-empty"];
  return /^[\x20-\x3c\x3e-\x7e]+$/.test(value)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
};

/** Keys of ConfigMaps and Secrets. */
export const isConfigKey: NameRule = (value = "") => {
  const found: string[] = [];
  if (byteLength(value) > 253) found.push(maxLength(253));
  if (!IS_CONFIG_KEY.test(value))
    found.push(
      regexProblem(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        CONFIG_KEY,
        "key.name",
        "KEY_NAME",
        "key-name",
      ),
    );
  if (value === ".") found.push("must not be '.'");
  if (value === "..") found.push("must not be '..'");
  else if (value.startsWith("..")) found.push("must not start with '..'");
  return found;
};

/** Names of ports of containers and Services: at most 15 letters, digits and single hyphens (IANA). */
export const isPortName: NameRule = (value = "") => {
  const found: string[] = [];
  if (byteLength(value) > 15) found.push(maxLength(15));
  if (!/^[-a-z0-9]+$/.test(value)) found.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  if (!/[a-z]/.test(value)) found.push("must contain at least one letter (a-z)");
  if (value.includes("--")) found.push("must not contain consecutive hyphens");
  if (value !== "" && (value.startsWith("-") || value.endsWith("-"))) found.push("must not begin or end with a hyphen");
  return found;
};

export const isHttpHeaderName: NameRule = (value = "") =>
  IS_HTTP_HEADER.test(value)
    ? []
    : [
        regexProblem(
          "a valid HTTP header must consist of alphanumeric characters or '-'",
          HTTP_HEADER,
          "X-Header-Name",
        ),
      ];

/** Names as path segments: all that RBAC and custom kinds ask for. */
export const isPathSegment: NameRule = (value = "") => {
  if (value === "." || value === "..") return [`may not be '${value}'`];
  return ["/", "%"].filter((part) => value.includes(part)).map((part) => `may not contain '${part}'`);
};

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

export function isIPv4Text(value: string): boolean {
  return IPV4.test(value);
}

export function isIPv6Text(value: string): boolean {
  if (!value.includes(":") || /[^0-9a-fA-F:.]/.test(value)) return false;
  let text = value;
  const lastColon = text.lastIndexOf(":");
  if (text.includes(".")) {
    if (!isIPv4Text(text.slice(lastColon + 1))) return false;
    text = `${text.slice(0, lastColon + 1)}0:0`;
  }
  const halves = text.split("::");
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return false;
  return halves.length === 2 ? groups.length < 8 : groups.length === 8;
}

export const isIP: NameRule = (value = "") =>
  isIPv4Text(value) || isIPv6Text(value) ? [] : ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"];

export const isCidr: NameRule = (value = "") => {
  const slash = value.indexOf("/");
  const address = value.slice(0, slash);
  const bits = value.slice(slash + 1);
  const max = isIPv4Text(address) ? 32 : isIPv6Text(address) ? 128 : -1;
  return slash > 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= max
    ? []
    : ["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"];
};
