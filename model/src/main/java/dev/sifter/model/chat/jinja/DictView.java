package dev.sifter.model.chat.jinja;

import java.util.Iterator;
import java.util.Map;

/** What {@code dict.keys()}, {@code .values()} and {@code .items()} return. */
record DictView(Map<?, ?> map, Part part) {
  /** The part of the dict that is seen, with its name in Python. */
  enum Part {
    KEYS("dict_keys"),
    VALUES("dict_values"),
    ITEMS("dict_items");

    final String typeName;

    Part(String typeName) {
      this.typeName = typeName;
    }
  }

  Iterator<Object> iterator() {
    Iterator<? extends Map.Entry<?, ?>> entries = map.entrySet().iterator();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return entries.hasNext();
      }

      @Override
      public Object next() {
        Map.Entry<?, ?> entry = entries.next();
        return switch (part) {
          case KEYS -> entry.getKey();
          case VALUES -> entry.getValue();
          case ITEMS -> new PyTuple(entry.getKey(), entry.getValue());
        };
      }
    };
  }
}
