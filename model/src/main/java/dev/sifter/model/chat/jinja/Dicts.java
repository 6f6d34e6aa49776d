package dev.sifter.model.chat.jinja;

import java.util.LinkedHashMap;
import java.util.Map;

/** Keys of dicts: {@code 1}, {@code 1.0} and {@code True} are one key, Markup equals its text. */
final class Dicts {
  private Dicts() {}

  /** The value of a key, or {@link Undefined#MISSING}. */
  static Object find(Map<?, ?> map, Object key) {
    Object stored = storedKey(map, key);
    Object value = map.get(stored);
    return value == null && !map.containsKey(stored) ? Undefined.MISSING : value;
  }

  static void put(Map<Object, Object> map, Object key, Object value) {
    map.put(storedKey(map, key), value);
  }

  /** A dict of the same keys and values. */
  static Map<Object, Object> copy(Map<?, ?> map) {
    Map<Object, Object> copy = new LinkedHashMap<>();
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      Budget.visit();
      copy.put(entry.getKey(), entry.getValue());
    }
    return copy;
  }

  private static Object storedKey(Map<?, ?> map, Object key) {
    if (key instanceof String) {
      return key;
    }
    Compare.requireHashable(key);
    if (key instanceof Markup markup) {
      return markup.text();
    }
    if (Numbers.isNumber(key)) {
      for (Object existing : map.keySet()) {
        Budget.visit();
        if (Numbers.isNumber(existing) && Compare.equal(existing, key)) {
          return existing;
        }
      }
    }
    return key;
  }
}
