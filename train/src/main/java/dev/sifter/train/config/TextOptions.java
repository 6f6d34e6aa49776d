package dev.sifter.train.config;

import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import dev.sifter.train.options.YamlScalar;
import dev.sifter.train.options.YamlTree;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which options are texts, or lists of texts. Their values are taken as they are written: a folder
 * {@code 007} is none of the name 7, and {@code eval_strategy: no} is not false.
 *
 * @param single names of those that take one text
 * @param lists names of those that take several
 */
record TextOptions(Set<String> single, Set<String> lists) {

  /**
   * The texts among the fields of an options class and of the classes that its lists hold.
   *
   * @param binder whose names of the fields are those of the options
   * @param otherNames further names of options, and what these are called here
   */
  static TextOptions of(Class<?> type, ObjectMapper binder, List<Map<String, String>> otherNames) {
    TextOptions texts = new TextOptions(new HashSet<>(), new HashSet<>());
    texts.addFieldsOf(binder.constructType(type), binder);
    for (Map<String, String> names : otherNames) {
      texts.addNames(names, texts.single);
      texts.addNames(names, texts.lists);
    }
    return texts;
  }

  private void addFieldsOf(JavaType type, ObjectMapper binder) {
    for (BeanPropertyDefinition field :
        binder.getDeserializationConfig().introspect(type).findProperties()) {
      JavaType value = field.getPrimaryType();
      if (value.hasRawClass(String.class)) {
        single.add(field.getName());
      } else if (value.isCollectionLikeType()) {
        JavaType item = value.getContentType();
        if (item.hasRawClass(String.class)) {
          lists.add(field.getName());
        } else {
          addFieldsOf(item, binder);
        }
      }
    }
  }

  private void addNames(Map<String, String> names, Set<String> to) {
    names.forEach(
        (name, now) -> {
          if (to.contains(now)) {
            to.add(name);
          }
        });
  }

  boolean contains(String name) {
    return single.contains(name) || lists.contains(name);
  }

  /**
   * A value of the command line: YAML, so that lists and numbers work, but for an option that is
   * one text, in which {@code #}, {@code :} and brackets say nothing.
   */
  JsonNode value(String name, String text) throws YamlTree.Malformed {
    return single.contains(name)
        ? YamlScalar.written(text)
        : YamlTree.readOption(text, lists.contains(name));
  }
}
