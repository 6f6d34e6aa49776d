package dev.sifter.model.chat.jinja;

import java.util.LinkedHashMap;
import java.util.Map;

/** {@code namespace(...)}: the only object whose attributes a template may set. */
final class Namespace {
  private final Map<Object, Object> attributes;

  Namespace(Map<Object, Object> initial) {
    attributes = new LinkedHashMap<>(initial);
  }

  Object get(String name) {
    Object value = attributes.get(name);
    return value == null && !attributes.containsKey(name) ? Undefined.MISSING : value;
  }

  void set(String name, Object value) {
    attributes.put(name, value);
  }

  Map<Object, Object> attributes() {
    return attributes;
  }
}
