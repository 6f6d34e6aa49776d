package dev.sifter.model.chat.jinja;

/** An object with attributes of its own, such as {@code loop}. */
interface Attributed {
  /** The attribute of that name, or {@link Undefined#MISSING}. */
  Object attribute(String name);
}
