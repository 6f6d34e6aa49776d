package dev.sifter.engine.ops.contract;

import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import java.util.Optional;

/**
 * One tensor that an op reads.
 *
 * @param name as in the op's formula
 * @param shape its extents
 * @param storedAs the type it always has, such as that of a frozen weight; empty for the type that
 *     the case is run in
 * @param trained whether the op gives it a gradient
 * @param values how its elements are drawn
 */
public record OpInput(
    String name, Shape shape, Optional<DType> storedAs, boolean trained, Values values) {

  /** Normal numbers that receive a gradient. */
  public static OpInput trained(String name, long... dims) {
    return new OpInput(name, Shape.of(dims), Optional.empty(), true, Values.normal(1));
  }

  /** Normal numbers that receive none. */
  public static OpInput constant(String name, long... dims) {
    return new OpInput(name, Shape.of(dims), Optional.empty(), false, Values.normal(1));
  }

  /** The same input with other elements. */
  public OpInput of(Values other) {
    return new OpInput(name, shape, storedAs, trained, other);
  }

  /** The same input, frozen in a type of its own. */
  public OpInput frozenAs(DType dtype) {
    return new OpInput(name, shape, Optional.of(dtype), false, values);
  }

  /** The type of this input where a case is run in {@code dtype}. */
  public DType dtype(DType dtype) {
    return storedAs.orElse(dtype);
  }
}
