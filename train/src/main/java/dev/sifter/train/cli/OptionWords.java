package dev.sifter.train.cli;

import dev.sifter.train.options.FlagWords;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.TypeConversionException;

/** Words on the command line as those write them who come from Python or from YAML. */
final class OptionWords {
  private static final String DASHES = "--";

  private OptionWords() {}

  /**
   * The words, with options in Python's spelling as the command has them: {@code --max_new_tokens}
   * becomes {@code --max-new-tokens}. Words that are no option then stay, and so do values.
   */
  static String[] dashed(String[] words, CommandLine main) {
    String[] result = words.clone();
    CommandLine command = main;
    for (int i = 0; i < words.length && !words[i].equals(DASHES); i++) {
      CommandLine named = command.getSubcommands().get(words[i]);
      if (named != null) {
        command = named;
      } else if (words[i].startsWith(DASHES)) {
        result[i] = dashed(words[i], command.getCommandSpec().optionsMap().keySet());
      }
    }
    return result;
  }

  private static String dashed(String word, Set<String> options) {
    int equals = word.indexOf('=');
    String name = equals < 0 ? word : word.substring(0, equals);
    String dashed = name.replace('_', '-');
    return options.contains(dashed) ? dashed + word.substring(name.length()) : word;
  }

  /** True or false, by any word that a configuration takes too. */
  static boolean flag(String word) {
    return FlagWords.valueOf(word)
        .orElseThrow(
            () -> new TypeConversionException("'%s' is not true or false".formatted(word)));
  }
}
