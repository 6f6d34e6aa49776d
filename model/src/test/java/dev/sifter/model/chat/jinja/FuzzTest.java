package dev.sifter.model.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.sifter.model.chat.ChatTemplates;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever the template is, the result is a text or a {@link JinjaException}, and soon. */
@Timeout(120)
class FuzzTest {
  private static final String[] WORDS = {
    "{{",
    "}}",
    "{%",
    "%}",
    "{%-",
    "-%}",
    "{#",
    "#}",
    "{{-",
    "-}}",
    " for ",
    " x ",
    " in ",
    " if ",
    " else ",
    " endif ",
    " endfor ",
    " elif ",
    " set ",
    " endset ",
    " macro m(x) ",
    " endmacro ",
    " generation ",
    " endgeneration ",
    " call m() ",
    " endcall ",
    " filter upper ",
    " endfilter ",
    " break ",
    " raw ",
    " endraw ",
    " messages ",
    " m ",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "|",
    ".",
    "+",
    "-",
    "*",
    "**",
    "/",
    "//",
    "%",
    "~",
    "==",
    "<",
    ">=",
    "=",
    " is ",
    " not ",
    " and ",
    " or ",
    "'a'",
    "\"",
    "'",
    "\\",
    "1",
    "0",
    "2.5",
    "1e9",
    "none",
    "true",
    " tojson ",
    " length ",
    " join(',') ",
    " map('upper') ",
    " list ",
    " indent(3) ",
    " batch(2) ",
    ".items()",
    ".split('a')",
    ".format(1)",
    "[::-1]",
    "[1:]",
    " loop.index ",
    " loop ",
    " namespace(a=1) ",
    " range(9) ",
    " dict(a=1) ",
    "\n",
    "\uD83D\uDE42",
    "\uD83D",
    "\u0000",
    " defined ",
    " string ",
    " _x ",
    "0x",
    " round(2) ",
    " truncate(3) ",
    " sort ",
    " replace('a','b') ",
    " wordwrap(3) ",
    " pprint ",
    " urlize ",
    " striptags ",
    " cycler(1) ",
    " joiner() ",
    "%s",
    " raise_exception('x') "
  };

  private static Map<String, Object> variables() {
    Map<String, Object> variables = new LinkedHashMap<>();
    variables.put("messages", Values.of(List.of(Map.of("role", "user", "content", "Hi"))));
    variables.put("x", Values.of(List.of(1, "a", 2.5)));
    return variables;
  }

  @Test
  void anyWordsInAnyOrder() {
    run(1_500, 40);
  }

  @Test
  void wellFormedFramesAroundAnyWords() {
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < 4_000; i++) {
      StringBuilder inside = new StringBuilder();
      for (int n = random.nextInt(1, 7); n > 0; n--) {
        inside.append(WORDS[random.nextInt(WORDS.length)]);
      }
      check(7, "{% for x in messages %}{{ " + inside + " }}{% endfor %}");
      check(7, "{% macro m(x) %}{{ x" + inside + " }}{% endmacro %}{{ m(1) }}");
    }
  }

  /** Real templates with a character or stretch of them changed: what a typing error does. */
  @Test
  void damagedTemplates() {
    SplittableRandom random = new SplittableRandom(11);
    for (String name : ChatTemplates.builtInNames()) {
      String source = ChatTemplates.builtIn(name).source();
      for (int i = 0; i < 400; i++) {
        StringBuilder damaged = new StringBuilder(source);
        for (int n = random.nextInt(1, 4); n > 0; n--) {
          int at = random.nextInt(damaged.length());
          int end = Math.min(damaged.length(), at + random.nextInt(12));
          String other =
              random.nextBoolean()
                  ? WORDS[random.nextInt(WORDS.length)]
                  : source.substring(
                      random.nextInt(source.length() / 2), source.length() / 2 + random.nextInt(9));
          damaged.replace(at, end, other.length() > 40 ? other.substring(0, 40) : other);
        }
        check(11, damaged.toString());
      }
    }
  }

  private static void run(int rounds, int words) {
    long seed = 20251123;
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < rounds; i++) {
      StringBuilder source = new StringBuilder();
      for (int n = random.nextInt(1, words); n > 0; n--) {
        source.append(WORDS[random.nextInt(WORDS.length)]);
      }
      check(seed, source.toString());
    }
  }

  private static void check(long seed, String source) {
    try {
      Template.Output output = Template.compile(source).render(variables(), Rendered.NOW);
      int length = output.text().codePointCount(0, output.text().length());
      for (int end : output.spans()) {
        assertThat(end).as("seed %d, template %s", seed, source).isBetween(0, length);
      }
    } catch (JinjaException expected) {
      assertThat(expected.errorType()).as("seed %d, template %s", seed, source).isNotEmpty();
    } catch (RuntimeException | Error unexpected) {
      fail("seed " + seed + ", template: " + source, unexpected);
    }
  }
}
