import js from "@eslint/js";
import prettier from "eslint-config-prettier";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

export default defineConfig(
  { ignores: ["node_modules/", ".paw/"] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  prettier,
  {
    languageOptions: {
      parserOptions: {
        projectService: {
          allowDefaultProject: [
            "eslint.config.js",
            "policy/*/index.js",
            "test/support/seenPack/index.js",
            "test/mutation/*.js",
            "ops/bin/*.js",
          ],
        },
      },
    },
    rules: {
      "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }],
      "max-lines-per-function": ["error", { max: 70, skipBlankLines: true, skipComments: true }],
      "max-params": ["error", 3],
      "no-console": "error",
      // Numbers and booleans read well in messages.
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
    },
  },
  {
    // k6 runs it, with modules and globals of its own.
    files: ["ops/src/load/*.k6.js"],
    languageOptions: { parserOptions: { projectService: false }, globals: { __ENV: "readonly" } },
    rules: tseslint.configs.disableTypeChecked.rules ?? {},
  },
  {
    // A pod runs it, as it is.
    files: ["test/support/live/*.js"],
    languageOptions: {
      parserOptions: { projectService: false },
      globals: {
        process: "readonly",
        setInterval: "readonly",
        clearInterval: "readonly",
        setTimeout: "readonly",
      },
    },
    rules: tseslint.configs.disableTypeChecked.rules ?? {},
  },
  {
    files: ["ops/bin/*.js"],
    languageOptions: { globals: { process: "readonly" } },
  },
  {
    // What users run has to run on macOS and Windows as well: no shell, no folder that only Linux has.
    files: ["ops/src/**/*.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        {
          selector: "Literal[value=/^\\u002f(tmp|proc|dev|etc|usr|var)(\\u002f|$)/]",
          message:
            "a path that only some systems have: use node:os and node:path, or ask for process.platform first",
        },
        {
          selector: "TemplateElement[value.raw=/^\\u002f(tmp|proc|dev|etc|usr|var)\\u002f/]",
          message:
            "a path that only some systems have: use node:os and node:path, or ask for process.platform first",
        },
        {
          selector:
            "CallExpression[callee.name=/^(execa|spawn|execFile)$/][arguments.0.value=/^(sh|bash|cmd|powershell|ps|kill|which)$/]",
          message: "a shell or a tool that only some systems have",
        },
        {
          selector: "Property[key.name='shell'][value.value=true]",
          message: "each system has another shell: name the program and its arguments",
        },
      ],
    },
  },
  {
    // A live node is Linux' own, and refuses to start elsewhere.
    files: ["ops/src/cluster/live/*.ts", "ops/src/images/*.ts"],
    rules: { "no-restricted-syntax": "off" },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      // A describe() block is a list of cases, not a function to be read at once.
      "max-lines-per-function": "off",
      // chai's assertions are property reads: expect(x).to.be.true
      "@typescript-eslint/no-unused-expressions": "off",
      // Objects come from the API server and from rendered files as they are; a wrong path fails the test.
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
      // Measured times belong to the log of a test run.
      "no-console": "off",
    },
  },
);
