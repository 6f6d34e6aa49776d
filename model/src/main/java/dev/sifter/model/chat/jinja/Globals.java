package dev.sifter.model.chat.jinja;

import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The functions that every template sees. */
final class Globals {
  private static final Signature JOINER = Signature.of("Joiner.__init__", "self sep", ", ");

  private Globals() {}

  /** A global, or {@link Undefined#MISSING}. */
  static Object find(String name) {
    return switch (name) {
      case "range",
          "dict",
          "namespace",
          "raise_exception",
          "strftime_now",
          "cycler",
          "joiner",
          "lipsum" ->
          new Function(name);
      default -> Undefined.MISSING;
    };
  }

  /** A global function. */
  record Function(String name) implements PyCallable {

    /** The name of the class that it is in Python, or null. */
    String className() {
      return switch (name) {
        case "dict" -> "dict";
        case "namespace" -> "jinja2.utils.Namespace";
        case "cycler" -> "jinja2.utils.Cycler";
        case "joiner" -> "jinja2.utils.Joiner";
        default -> null;
      };
    }

    @Override
    public String typeName() {
      return switch (name) {
        case "dict", "namespace", "cycler", "joiner" -> "type";
        default -> "function";
      };
    }

    @Override
    public Object call(Run run, Args args) {
      return switch (name) {
        case "range" -> {
          args.noNames("range");
          yield PyRange.of(args.positional());
        }
        case "dict" -> dict(args);
        case "namespace" -> new Namespace(dict(args));
        case "raise_exception" ->
            throw new JinjaException("TemplateError", message(only(args, "message")));
        case "cycler" -> new Cycler(items(args));
        case "joiner" -> new Joiner(JOINER.bind(this, args)[1]);
        case "lipsum" ->
            throw JinjaException.unsupported("lipsum()", "a prompt is the same every time");
        default -> strftime(run, only(args, "format"));
      };
    }

    private static PyTuple items(Args args) {
      if (args.hasNames()) {
        throw JinjaException.type(
            "Cycler.__init__() got an unexpected keyword argument '" + args.names()[0] + "'");
      }
      return new PyTuple(args.positional());
    }

    private Object only(Args args, String parameter) {
      Object named = args.named(parameter);
      if (args.count() == 1 && !args.hasNames()) {
        return args.get(0);
      }
      if (args.count() == 0 && args.names().length == 1 && named != Undefined.MISSING) {
        return named;
      }
      throw JinjaException.type(
          name + "() takes 1 positional argument but " + args.count() + " were given");
    }

    private static String message(Object value) {
      return PyRepr.str(value);
    }

    private static Object strftime(Run run, Object format) {
      if (!Py.isText(format)) {
        throw JinjaException.type("strftime() argument 1 must be str, not " + Py.typeName(format));
      }
      return Strftime.format(run.now == null ? LocalDateTime.now() : run.now, format.toString());
    }

    private static Map<Object, Object> dict(Args args) {
      if (args.count() > 1) {
        throw JinjaException.type("dict expected at most 1 argument, got " + args.count());
      }
      Map<Object, Object> map = new LinkedHashMap<>();
      if (args.count() == 1) {
        if (args.get(0) instanceof Map<?, ?> source) {
          map = Dicts.copy(source);
        } else if (args.get(0) instanceof Undefined undefined) {
          throw undefined.error();
        } else {
          pairs(map, args.get(0));
        }
      }
      for (int i = 0; i < args.names().length; i++) {
        map.put(args.names()[i], args.named()[i]);
      }
      return map;
    }

    private static void pairs(Map<Object, Object> map, Object source) {
      int index = 0;
      for (Object pair : Py.list(source)) {
        if (!Py.isIterable(pair)) {
          throw JinjaException.type(
              "cannot convert dictionary update sequence element #" + index + " to a sequence");
        }
        List<Object> items = Py.list(pair);
        if (items.size() != 2) {
          throw JinjaException.value(
              "dictionary update sequence element #"
                  + index
                  + " has length "
                  + items.size()
                  + "; 2 is required");
        }
        Dicts.put(map, items.get(0), items.get(1));
        index++;
      }
    }
  }
}
