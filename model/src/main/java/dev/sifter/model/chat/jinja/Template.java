package dev.sifter.model.chat.jinja;

import java.time.LocalDateTime;
import java.util.Map;

/**
 * A compiled template. Immutable and safe to share between threads; the state of a rendering lives
 * and dies with it.
 */
public final class Template {
  private static final int MAX_SOURCE = 1 << 20;

  private final Block body;

  private final boolean marksGeneration;

  private final boolean strict;

  private Template(Block body, boolean marksGeneration, boolean strict) {
    this.body = body;
    this.marksGeneration = marksGeneration;
    this.strict = strict;
  }

  /** Whether the template has {@code generation} blocks. */
  public boolean marksGeneration() {
    return marksGeneration;
  }

  /**
   * What a rendering gave.
   *
   * @param text the rendered text
   * @param spans start and end, in code points of the text, of every {@code generation} block
   */
  public record Output(String text, int[] spans) {}

  /**
   * Compiles a template as transformers does: lines lose what tags leave of them.
   *
   * @throws JinjaException where the text is not a template, with the line
   */
  public static Template compile(String source) {
    return compile(source, false);
  }

  /**
   * Compiles a template with Jinja's own settings and its StrictUndefined: it keeps its white space
   * and its last line end, unless a tag has the sign {@code -}, it fails where it uses what is not
   * there in any way, and its {@code tojson} is for HTML.
   *
   * @throws JinjaException where the text is not a template, with the line
   */
  public static Template compileStrict(String source) {
    return compile(source, true);
  }

  private static Template compile(String source, boolean strict) {
    if (source.length() > MAX_SOURCE) {
      throw JinjaException.syntax(
          "the template has " + source.length() + " characters; at most " + MAX_SOURCE, 1);
    }
    Budget outer = new Budget().enter();
    try {
      Parser parser = new Parser(Lexer.tokenize(source, !strict), strict);
      Block body = parser.parse();
      parser.folding.check();
      body.check(new Checks());
      return new Template(body, parser.marksGeneration(), strict);
    } catch (StackOverflowError tooDeep) {
      throw JinjaException.syntax("the template is nested too deep", 1);
    } finally {
      Budget.leave(outer);
    }
  }

  /**
   * Renders the template.
   *
   * @param variables what the template sees, made by {@link Values}; not changed
   * @param now the time of {@code strftime_now}, null for the clock's
   * @throws JinjaException where the template fails or exceeds its bounds, with the line
   */
  public Output render(Map<String, Object> variables, LocalDateTime now) {
    Run run = new Run(now, false, strict);
    Scope root = new Scope(run, null);
    for (Map.Entry<String, Object> variable : variables.entrySet()) {
      root.set(variable.getKey().intern(), variable.getValue());
    }
    Budget outer = run.budget.enter();
    try {
      body.exec(root.inner(), run.out);
      return new Output(run.out.toString(), run.spans());
    } catch (JinjaException error) {
      throw error.at(run.line);
    } catch (StackOverflowError tooDeep) {
      throw new JinjaException("RecursionError", "maximum recursion depth exceeded").at(run.line);
    } finally {
      Budget.leave(outer);
    }
  }
}
