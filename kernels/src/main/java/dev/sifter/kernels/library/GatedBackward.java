package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.ArrayList;
import java.util.List;

/**
 * dGate = dy · up · f′(gate), dUp = dy · f(gate), the gradient of {@link Gated}; dGate may be gate,
 * and dUp up.
 *
 * <pre>
 * row = blockIdx.x * 8 + warp;  c = blockIdx.y * 32 + lane       // a vector of 16 bytes
 * g = gate[row][c];  u = up[row][c];  d = dy[row][c]
 * dGate[row][c] = d * u * df(g);  dUp[row][c] = d * f(g)
 * </pre>
 *
 * <p>Rows may be apart. Least bytes: dy, gate and up read, dGate and dUp written. FLOPs an element,
 * exponentials apart: 18 for SiLU, 39 for GELU, 26 by tanh, 3 or 5 for the others.
 *
 * @param function f
 * @param dy type of the output's gradient
 * @param in type of gate and up
 * @param gradient type of their gradients
 * @param vector elements of an access
 */
public record GatedBackward(
    ActivationFunction function, ElementType dy, ElementType in, ElementType gradient, int vector)
    implements RowTiles {

  /**
   * What to launch for {@code rows} rows of {@code width} elements.
   *
   * @param dyStride elements from one row of dy to the next
   * @param inStride elements from one row of gate, and of up, to the next
   * @param gradientStride elements from one row of dGate, and of dUp, to the next
   */
  public static List<Launch> launches(
      ActivationFunction function,
      Array dy,
      int dyStride,
      Array gate,
      Array up,
      int inStride,
      Array dGate,
      Array dUp,
      int gradientStride,
      int rows,
      int width) {
    Types.requireSame("gate", gate, "up", up);
    Types.requireSame("dGate", dGate, "dUp", dUp);
    Strides.require("dy", dyStride, width);
    Strides.require("gate and up", inStride, width);
    Strides.require("dGate and dUp", gradientStride, width);
    long[] widths = {width, dyStride, inStride, gradientStride};
    GatedBackward kernel =
        new GatedBackward(
            function,
            dy.type(),
            gate.type(),
            dGate.type(),
            Vectors.ofRows(widths, dy, gate, up, dGate, dUp));
    long inElements = Strides.elements(rows, inStride, width);
    long gradientElements = Strides.elements(rows, gradientStride, width);
    return RowTiles.launches(
        kernel,
        kernel.vector,
        rows,
        width,
        dy.require("dy", Strides.elements(rows, dyStride, width)),
        gate.require("gate", inElements),
        up.require("up", inElements),
        dGate.require("dGate", gradientElements),
        dUp.require("dUp", gradientElements),
        dyStride,
        inStride,
        gradientStride);
  }

  @Override
  public void emit(PtxAssembler k) {
    ElementPointer dOut = k.input("dy", dy, vector);
    ElementPointer gate = k.output("gate", in, vector);
    ElementPointer up = k.output("up", in, vector);
    ElementPointer dGate = k.output("dGate", gradient, vector);
    ElementPointer dUp = k.output("dUp", gradient, vector);
    B32 dyStride = k.size("dyStride");
    B32 inStride = k.size("inStride");
    B32 gradientStride = k.size("gradientStride");
    RowTiles.emit(
        k,
        vector,
        place -> {
          List<F32> d = place.load(dOut, dyStride);
          List<F32> g = place.load(gate, inStride);
          List<F32> u = place.load(up, inStride);
          List<F32> ofGate = new ArrayList<>();
          List<F32> ofUp = new ArrayList<>();
          for (int i = 0; i < vector; i++) {
            ActivationFunction.Slope slope = function.slope(k, g.get(i));
            ofGate.add(k.mul(k.mul(d.get(i), u.get(i)), slope.derivative()));
            ofUp.add(k.mul(d.get(i), slope.value()));
          }
          place.store(dGate, gradientStride, ofGate);
          place.store(dUp, gradientStride, ofUp);
        });
  }
}
