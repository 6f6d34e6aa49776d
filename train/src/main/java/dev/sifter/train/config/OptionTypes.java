package dev.sifter.train.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.Module;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.module.SimpleModule;
import dev.sifter.train.options.FlagWords;
import java.io.IOException;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** What values options take, and what is said where one does not fit. */
final class OptionTypes {
  private OptionTypes() {}

  /** Flags by all the words that YAML has for them, and numbers that are numbers elsewhere too. */
  static Module module() {
    return new SimpleModule()
        .addDeserializer(boolean.class, new Flag(false))
        .addDeserializer(Boolean.class, new Flag(true))
        .addDeserializer(double.class, new Real(false))
        .addDeserializer(Double.class, new Real(true));
  }

  /** A finite number; Java's own reading of texts takes {@code 1f}, {@code 1d} and hexadecimals. */
  private static final class Real extends StdDeserializer<Double> {
    private static final long serialVersionUID = 1;
    private static final Pattern DECIMAL =
        Pattern.compile("[-+]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][-+]?[0-9]+)?");

    private final boolean nullable;

    Real(boolean nullable) {
      super(Double.class);
      this.nullable = nullable;
    }

    @Override
    public Double deserialize(JsonParser parser, DeserializationContext context)
        throws IOException {
      double value = Double.NaN;
      if (parser.currentToken().isNumeric()) {
        value = parser.getDoubleValue();
      } else if (parser.currentToken() == JsonToken.VALUE_STRING
          && DECIMAL.matcher(parser.getText().strip()).matches()) {
        value = Double.parseDouble(parser.getText());
      }
      return Double.isFinite(value)
          ? (Double) value
          : (Double) context.handleUnexpectedToken(Double.class, parser);
    }

    @Override
    public Double getNullValue(DeserializationContext context) throws JsonMappingException {
      return nullable ? null : refuseNull(context, Double.class);
    }
  }

  private static <T> T refuseNull(DeserializationContext context, Class<T> type)
      throws JsonMappingException {
    throw MismatchedInputException.from(context.getParser(), type, "null");
  }

  private static final class Flag extends StdDeserializer<Boolean> {
    private static final long serialVersionUID = 1;

    private final boolean nullable;

    Flag(boolean nullable) {
      super(Boolean.class);
      this.nullable = nullable;
    }

    @Override
    public Boolean deserialize(JsonParser parser, DeserializationContext context)
        throws IOException {
      if (parser.currentToken().isBoolean()) {
        return parser.getBooleanValue();
      }
      if (parser.currentToken() == JsonToken.VALUE_STRING) {
        Optional<Boolean> flag = FlagWords.valueOf(parser.getText());
        if (flag.isPresent()) {
          return flag.get();
        }
      }
      return (Boolean) context.handleUnexpectedToken(Boolean.class, parser);
    }

    @Override
    public Boolean getNullValue(DeserializationContext context) throws JsonMappingException {
      return nullable ? null : refuseNull(context, Boolean.class);
    }
  }

  /** What must be in place of a value, to follow it in a sentence. */
  static String complaint(JsonMappingException e) {
    if (e instanceof MismatchedInputException mismatch && mismatch.getTargetType() != null) {
      String wanted = describe(mismatch.getTargetType());
      if (wanted != null) {
        return "; it must be " + wanted;
      }
    }
    return ": " + e.getOriginalMessage().lines().findFirst().orElse("");
  }

  private static String describe(Class<?> type) {
    if (type == int.class || type == Integer.class || type == long.class || type == Long.class) {
      return "a whole number";
    }
    if (type == double.class || type == Double.class) {
      return "a number";
    }
    if (type == boolean.class || type == Boolean.class) {
      return "true or false";
    }
    if (type == String.class) {
      return "a text";
    }
    if (Collection.class.isAssignableFrom(type)) {
      return "a list";
    }
    return Map.class.isAssignableFrom(type) ? "keys with values" : null;
  }
}
