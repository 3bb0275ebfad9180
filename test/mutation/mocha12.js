/**
 * Stryker's plugin for mocha, able to load mocha 12, whose internals end in `.cjs`: stryker-mutator/stryker-js#6205.
 * To be deleted, with its line in stryker.config.json, once a release holds that.
 */
import { registerHooks } from "node:module";

const internals = /[\\/]mocha[\\/]lib[\\/]cli[\\/](run-helpers|options|collect-files)$/;

registerHooks({
  resolve: (specifier, context, next) =>
    next(internals.test(specifier) ? `${specifier}.cjs` : specifier, context),
});

export const { strykerPlugins, strykerValidationSchema } = await import("@stryker-mutator/mocha-runner");
