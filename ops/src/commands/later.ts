/**
 * An action whose module is loaded when it is called for: loading them all takes longer than most of them run.
 *
 * @param load imports the module and picks the action.
 */
export function later<Given extends unknown[]>(
  load: () => Promise<(...given: Given) => unknown>,
): (...given: Given) => Promise<void> {
  return async (...given) => {
    const action = await load();
    await action(...given);
  };
}
