package dev.sifter.train.eval.task;

import dev.sifter.model.chat.jinja.PythonStrings;
import dev.sifter.model.chat.jinja.Values;
import dev.sifter.train.eval.metric.ExactMatch;
import java.util.List;
import java.util.regex.Pattern;

/**
 * {@code exact_match} of an answer of which {@code map} made a number or a truth value: the target
 * becomes one, too, by the rules of Python's {@code int()}, {@code float()} and {@code bool()}.
 */
public final class MappedAnswer {
  private static final Pattern WHOLE = Pattern.compile("[+-]?[0-9]+(_[0-9]+)*");

  private MappedAnswer() {}

  /**
   * Whether an answer is the target, or one of several.
   *
   * @param target as {@link DocField#target} gives it
   * @param answer no text
   * @throws IllegalArgumentException if the target cannot be made what the answer is, or the metric
   *     has options, which are for texts
   */
  public static boolean matches(Object target, Object answer, ExactMatch options) {
    if (!options.equals(ExactMatch.PLAIN)) {
      throw new IllegalArgumentException(
          "metric_list: exact_match ignores parts of texts, but the filter map gives %s, which is none"
              .formatted(Values.text(answer)));
    }
    if (target instanceof List<?> several) {
      return several.stream().anyMatch(one -> !(one instanceof String) && equal(one, answer));
    }
    return equal(cast(target, answer), answer);
  }

  private static boolean equal(Object a, Object b) {
    return a != null && b != null && number(a) == number(b);
  }

  private static double number(Object value) {
    return value instanceof Boolean truth ? truth ? 1 : 0 : ((Number) value).doubleValue();
  }

  private static Object cast(Object target, Object answer) {
    try {
      return switch (answer) {
        case Boolean _ -> target instanceof String text ? !text.isEmpty() : number(target) != 0;
        case Double _ -> target instanceof String text ? Double.valueOf(text) : number(target);
        case Long _ -> target instanceof String text ? whole(text) : number(target);
        case null, default -> throw new NumberFormatException();
      };
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "the filter map gives %s, but the target '%s' cannot be compared with it; let map give texts"
              .formatted(Values.text(answer), Values.text(target)),
          e);
    }
  }

  private static Long whole(String text) {
    String digits = PythonStrings.strip(text);
    if (!WHOLE.matcher(digits).matches()) {
      throw new NumberFormatException(digits);
    }
    return Long.valueOf(digits.replace("_", ""));
  }
}
