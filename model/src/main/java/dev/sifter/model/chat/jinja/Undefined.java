package dev.sifter.model.chat.jinja;

/**
 * A value that is not there: prints as nothing, is false and empty, and fails when it is used. A
 * strict one fails also where it is printed, tested, compared or gone through.
 */
final class Undefined {
  /** Marks "no such variable" and "no such element" inside the interpreter; never a value. */
  static final Object MISSING = new Object();

  private final String errorType;
  private final String hint;
  private final Object owner;
  private final Object name;
  private final boolean strict;

  private Undefined(String errorType, String hint, Object owner, Object name, boolean strict) {
    this.errorType = errorType;
    this.hint = hint;
    this.owner = owner;
    this.name = name;
    this.strict = strict;
  }

  static Undefined variable(String name) {
    return new Undefined("UndefinedError", null, MISSING, name, false);
  }

  static Undefined hint(String hint) {
    return new Undefined("UndefinedError", hint, MISSING, null, false);
  }

  static Undefined attribute(Object owner, Object name) {
    return new Undefined("UndefinedError", null, owner, name, false);
  }

  static Undefined unsafe(Object owner, String name) {
    String hint =
        "access to attribute " + PyRepr.repr(name) + " of " + PyRepr.repr(Py.typeName(owner));
    return new Undefined("SecurityError", hint + " object is unsafe.", owner, name, false);
  }

  /** Jinja's StrictUndefined of the same error. */
  Undefined strict() {
    return new Undefined(errorType, hint, owner, name, true);
  }

  /** Fails where a value is used that is strict and not there. */
  static void check(Object value) {
    if (value instanceof Undefined undefined && undefined.strict) {
      throw undefined.error();
    }
  }

  /** The error of using this value. */
  JinjaException error() {
    return new JinjaException(errorType, message());
  }

  private String message() {
    if (hint != null) {
      return hint;
    }
    if (owner == MISSING) {
      return PyRepr.repr(name) + " is undefined";
    }
    if (!(name instanceof CharSequence)) {
      return Py.objectName(owner) + " has no element " + PyRepr.repr(name);
    }
    return PyRepr.repr(Py.objectName(owner)) + " has no attribute " + PyRepr.repr(name);
  }
}
