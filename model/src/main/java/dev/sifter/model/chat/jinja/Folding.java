package dev.sifter.model.chat.jinja;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;

/**
 * Evaluates constant expressions while compiling. It is visible: what a folded expression does not
 * reach is never checked, and a slice of something that cannot be sliced is undefined.
 */
final class Folding {
  /** "No value before the template is rendered." */
  static final JinjaException IMPOSSIBLE = new JinjaException("Impossible", "not a constant");

  private final Scope scope;

  private JinjaException badKey;

  /** Folds as the rendering will evaluate, with strict undefined values or not. */
  Folding(boolean strict) {
    scope = new Scope(new Run(null, true, strict), null);
  }

  /** Fails where a constant dict has a key that cannot be one, which Jinja finds out here. */
  void check() {
    if (badKey != null) {
      throw badKey;
    }
  }

  /** The expression, or the constant that it always is. */
  Expr fold(Expr expression) {
    if (expression instanceof Operands.Const || !expression.foldable()) {
      return expression;
    }
    Object value = value(expression);
    if (value == Undefined.MISSING) {
      return expression;
    }
    return isPlain(value, 0) ? new Operands.Const(value) : expression;
  }

  /**
   * The constant value of an expression, or {@link Undefined#MISSING}.
   *
   * @throws JinjaException where it takes more than the whole template may
   */
  Object value(Expr expression) {
    if (!expression.foldable()) {
      return Undefined.MISSING;
    }
    try {
      return expression.eval(scope);
    } catch (JinjaException error) {
      // What has used up the time of compiling would do so again with that of rendering.
      Budget.requireLeft();
      if (badKey == null
          && expression instanceof Operands.DictDisplay
          && error.getMessage().startsWith("unhashable")) {
        badKey = error;
      }
      return Undefined.MISSING;
    }
  }

  private static boolean isPlain(Object value, int depth) {
    if (value == null || Py.isText(value) || value instanceof Boolean || value instanceof Long) {
      return true;
    }
    if (value instanceof Double || value instanceof BigInteger || value instanceof PyRange) {
      return true;
    }
    if (depth > 50) {
      return false;
    }
    if (value instanceof Map<?, ?> map) {
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        if (!isPlain(entry.getKey(), depth + 1) || !isPlain(entry.getValue(), depth + 1)) {
          return false;
        }
      }
      return true;
    }
    List<?> items = Py.sequence(value);
    if (items == null) {
      return false;
    }
    for (Object item : items) {
      if (!isPlain(item, depth + 1)) {
        return false;
      }
    }
    return true;
  }
}
