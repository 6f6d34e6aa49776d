package dev.sifter.model.lora;

import java.util.List;
import java.util.regex.Pattern;

/** A choice of modules by path, in PEFT's three forms. */
public sealed interface TargetModules {

  /** Whether the module of this path is chosen. */
  boolean matches(String module);

  /** Paths that equal an entry, or end with a dot and an entry. */
  record Suffixes(List<String> names) implements TargetModules {
    @Override
    public boolean matches(String module) {
      return names.stream().anyMatch(name -> module.equals(name) || module.endsWith("." + name));
    }

    @Override
    public String toString() {
      return names.toString();
    }
  }

  /** Paths that a regular expression matches as a whole. */
  record Regex(Pattern pattern) implements TargetModules {
    @Override
    public boolean matches(String module) {
      return pattern.matcher(module).matches();
    }

    @Override
    public String toString() {
      return "'" + pattern + "'";
    }
  }

  /** Every linear layer but the output head. */
  record AllLinear() implements TargetModules {
    @Override
    public boolean matches(String module) {
      return true;
    }
  }
}
