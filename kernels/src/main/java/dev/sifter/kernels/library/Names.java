package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.ElementType;
import java.lang.reflect.RecordComponent;
import java.util.Locale;

/** Names of entry points: the class and all that it is specialised for. */
final class Names {
  private Names() {}

  /** Such as {@code rms_norm_width2048_x_bf16_y_bf16_vector8} for {@code RmsNorm}. */
  static String of(Record kernel) {
    return snakeCase(kernel.getClass().getSimpleName()) + parts(kernel);
  }

  private static String parts(Record kernel) {
    StringBuilder name = new StringBuilder();
    for (RecordComponent component : kernel.getClass().getRecordComponents()) {
      name.append(part(snakeCase(component.getName()), value(kernel, component)));
    }
    return name.toString();
  }

  private static Object value(Record kernel, RecordComponent component) {
    try {
      return component.getAccessor().invoke(kernel);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("a record's component cannot be read", e);
    }
  }

  private static String part(String name, Object value) {
    return switch (value) {
      case Boolean flag -> flag ? "_" + name : "";
      case ElementType type -> "_" + name + "_" + type.suffix();
      case Enum<?> constant -> "_" + constant.name().toLowerCase(Locale.ROOT);
      case Integer number -> "_" + name + number;
      case Record nested -> parts(nested);
      case null -> "";
      default ->
          throw new IllegalStateException(
              "a kernel cannot be specialised for %s %s".formatted(name, value));
    };
  }

  private static String snakeCase(String name) {
    return name.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "_").toLowerCase(Locale.ROOT);
  }
}
