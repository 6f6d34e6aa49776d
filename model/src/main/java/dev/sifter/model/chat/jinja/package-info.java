/**
 * An interpreter for the Jinja dialect in which chat templates are written, with Python's values.
 *
 * <p>A template comes with a downloaded model, so its text is hostile: there is no reflection, no
 * loader and no access to files, and {@link dev.sifter.model.chat.jinja.Budget} bounds steps,
 * memory and time. The semantics are those of Jinja2 3.1 under the settings that Hugging Face
 * transformers uses: immutable sandbox, {@code trim_blocks}, {@code lstrip_blocks}, loop controls,
 * the {@code generation} tag, no escaping.
 *
 * <p>Known differences:
 *
 * <ul>
 *   <li>Left out, and refused by name: {@code random} and {@code lipsum}, since a prompt is the
 *       same every time; bytes; complex numbers; other templates and {@code autoescape}; what
 *       exceeds the bounds.
 *   <li>Jinja fails where a constant is infinite or no number, and where the filter of a {@code
 *       set} block uses a variable that nothing before it does; here both work.
 *   <li>Generators, functions and bound methods are printed without the address that Python gives
 *       them, and attributes that only Python's machinery uses, such as {@code __len__}, are
 *       undefined, not forbidden.
 *   <li>A {@code filter} or {@code call} block that gives no text fails at once, not at the end.
 *       Where a template fails in both, the message may name Python's insides otherwise.
 *   <li>Letters are those of Java's Unicode, which is newer than that of Python 3.11.
 * </ul>
 */
package dev.sifter.model.chat.jinja;
