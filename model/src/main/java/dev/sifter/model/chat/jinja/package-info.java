/**
 * An interpreter for the Jinja dialect in which chat templates are written, with Python's values.
 *
 * <p>A template comes with a downloaded model, so its text is hostile: there is no reflection, no
 * loader and no access to files, and {@link dev.sifter.model.chat.jinja.Budget} bounds steps,
 * memory and time. The semantics are those of Jinja2 3.1 under the settings that Hugging Face
 * transformers uses: immutable sandbox, {@code trim_blocks}, {@code lstrip_blocks}, loop controls,
 * the {@code generation} tag, no escaping.
 */
package dev.sifter.model.chat.jinja;
