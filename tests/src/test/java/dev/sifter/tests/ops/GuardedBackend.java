package dev.sifter.tests.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.memory.MemoryLedger;
import dev.sifter.engine.memory.StorageProvider;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Storage;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * A backend whose kernels see every tensor between guard words that begin right at its last byte,
 * and whose new memory holds NaN in every type, so that an output that is not written in full
 * shows.
 *
 * <p>Each tensor argument of a kernel is copied into a guarded place before the call and back after
 * it. The same range passed twice stays one range, so that kernels work in place as they would.
 */
final class GuardedBackend {
  private static final int GUARD_BYTES = 256;
  private static final byte GUARD = (byte) 0xA5;
  private static final byte POISON = (byte) 0xFF;

  private GuardedBackend() {}

  static Backend around(Backend backend) {
    return proxy(
        Backend.class,
        (method, arguments) -> {
          Object result = call(method, backend, arguments);
          return switch (method.getName()) {
            case "newArena", "newStepArena" ->
                new TensorArena("guarded", new PoisonedMemory(backend), new MemoryLedger(), 0);
            default ->
                method.getReturnType().isInterface() ? guarded(backend, method, result) : result;
          };
        });
  }

  private static Object guarded(Backend backend, Method method, Object kernels) {
    return proxy(
        method.getReturnType(),
        (kernel, arguments) -> {
          try (TensorArena arena = backend.newArena("guards")) {
            Map<Range, Guarded> places = new HashMap<>();
            Object[] replaced = arguments.clone();
            for (int i = 0; i < arguments.length; i++) {
              if (arguments[i] instanceof Tensor tensor) {
                Guarded place =
                    places.computeIfAbsent(
                        Range.of(tensor), r -> new Guarded(backend, arena, tensor));
                replaced[i] = place.as(tensor);
              }
            }
            Object result = call(kernel, kernels, replaced);
            places.values().forEach(place -> place.checkAndCopyBack(kernel.getName()));
            return result;
          }
        });
  }

  private record Range(Storage storage, long offset, long bytes) {
    static Range of(Tensor tensor) {
      return new Range(tensor.storage(), tensor.byteOffset(), tensor.byteSize());
    }
  }

  /** A copy of a tensor's bytes with guard words before and after. */
  private static final class Guarded {
    private final Backend backend;
    private final Tensor original;
    private final Tensor whole;

    Guarded(Backend backend, TensorArena arena, Tensor tensor) {
      this.backend = backend;
      original = tensor;
      whole = bytes(arena, tensor.byteSize() + 2 * GUARD_BYTES);
      MemorySegment guard = filled(GUARD_BYTES, GUARD);
      backend.upload(guard, part(0, GUARD_BYTES));
      backend.upload(guard, part(GUARD_BYTES + tensor.byteSize(), GUARD_BYTES));
      copy(tensor, as(tensor));
    }

    /** The guarded place in the shape of a tensor. */
    Tensor as(Tensor tensor) {
      return new Tensor(
          tensor.dtype(), tensor.shape(), whole.storage(), whole.byteOffset() + GUARD_BYTES);
    }

    private Tensor part(long offset, long size) {
      return new Tensor(DType.U8, Shape.of(size), whole.storage(), whole.byteOffset() + offset);
    }

    private void copy(Tensor from, Tensor to) {
      MemorySegment host = filled(from.byteSize(), POISON);
      backend.download(from, host);
      backend.upload(host, to);
    }

    void checkAndCopyBack(String kernel) {
      MemorySegment before = filled(GUARD_BYTES, POISON);
      MemorySegment after = filled(GUARD_BYTES, POISON);
      backend.download(part(0, GUARD_BYTES), before);
      backend.download(part(GUARD_BYTES + original.byteSize(), GUARD_BYTES), after);
      MemorySegment guard = filled(GUARD_BYTES, GUARD);
      assertThat(before.mismatch(guard)).as("%s wrote before byte 0", kernel).isEqualTo(-1);
      assertThat(after.mismatch(guard)).as("%s wrote behind the end", kernel).isEqualTo(-1);
      copy(as(original), original);
    }
  }

  private static Tensor bytes(TensorArena arena, long size) {
    return arena.allocate(DType.U8, Shape.of(size));
  }

  private static MemorySegment filled(long size, byte value) {
    return Arena.ofAuto().allocate(size, 64).fill(value);
  }

  /** Memory of a backend that holds NaN, and −1 in integers. */
  private static final class PoisonedMemory implements StorageProvider {
    private final Backend backend;
    private final Map<Storage, TensorArena> arenas = new IdentityHashMap<>();

    PoisonedMemory(Backend backend) {
      this.backend = backend;
    }

    @Override
    public Storage reserve(long size) {
      TensorArena arena = backend.newArena("poisoned");
      Tensor tensor = bytes(arena, size);
      backend.upload(filled(size, POISON), tensor);
      arenas.put(tensor.storage(), arena);
      return tensor.storage();
    }

    @Override
    public void release(Storage storage) {
      arenas.remove(storage).close();
    }
  }

  @FunctionalInterface
  private interface Interceptor {
    Object call(Method method, Object[] arguments) throws Throwable;
  }

  private static <T> T proxy(Class<T> type, Interceptor interceptor) {
    Object proxy =
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) ->
                interceptor.call(method, arguments == null ? new Object[0] : arguments));
    return type.cast(proxy);
  }

  private static Object call(Method method, Object target, Object[] arguments) throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
