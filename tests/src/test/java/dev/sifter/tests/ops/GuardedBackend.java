package dev.sifter.tests.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.memory.MemoryLedger;
import dev.sifter.engine.memory.StorageProvider;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.Storage;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * A host backend whose kernels see every tensor between guard words that begin right at its last
 * byte, and whose new memory holds NaN in every type, so that an output that is not written in full
 * shows.
 *
 * <p>Each tensor argument of a kernel is copied into a guarded place before the call and back after
 * it. The same range passed twice stays one range, so that kernels work in place as they would.
 */
final class GuardedBackend {
  private static final long GUARD_BYTES = 256;
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
                new TensorArena("guarded", new PoisonedMemory(), new MemoryLedger(), 0);
            default -> method.getReturnType().isInterface() ? guarded(method, result) : result;
          };
        });
  }

  private static Object guarded(Method method, Object kernels) {
    return proxy(
        method.getReturnType(),
        (kernel, arguments) -> {
          Map<Range, Guarded> places = new HashMap<>();
          Object[] replaced = arguments.clone();
          for (int i = 0; i < arguments.length; i++) {
            if (arguments[i] instanceof Tensor tensor) {
              Guarded place = places.computeIfAbsent(Range.of(tensor), r -> new Guarded(tensor));
              replaced[i] = place.as(tensor);
            }
          }
          Object result = call(kernel, kernels, replaced);
          places.values().forEach(place -> place.checkAndCopyBack(kernel.getName()));
          return result;
        });
  }

  private record Range(Storage storage, long offset, long bytes) {
    static Range of(Tensor tensor) {
      return new Range(tensor.storage(), tensor.byteOffset(), tensor.byteSize());
    }
  }

  /** A copy of a tensor's bytes with guard words before and after. */
  private static final class Guarded {
    private final MemorySegment original;
    private final MemorySegment whole;
    private final Storage inner;

    Guarded(Tensor tensor) {
      original = tensor.segment();
      whole = Arena.ofAuto().allocate(original.byteSize() + 2 * GUARD_BYTES, 64);
      whole.fill(GUARD);
      MemorySegment middle = whole.asSlice(GUARD_BYTES, original.byteSize());
      middle.copyFrom(original);
      inner = new Storage.Host(middle);
    }

    Tensor as(Tensor tensor) {
      return new Tensor(tensor.dtype(), tensor.shape(), inner, 0);
    }

    void checkAndCopyBack(String kernel) {
      long end = GUARD_BYTES + original.byteSize();
      for (long i = 0; i < GUARD_BYTES; i++) {
        byte before = whole.get(ValueLayout.JAVA_BYTE, i);
        byte after = whole.get(ValueLayout.JAVA_BYTE, end + i);
        assertThat(before).as("%s wrote %d bytes before", kernel, GUARD_BYTES - i).isEqualTo(GUARD);
        assertThat(after).as("%s wrote %d bytes behind the end", kernel, i).isEqualTo(GUARD);
      }
      original.copyFrom(whole.asSlice(GUARD_BYTES, original.byteSize()));
    }
  }

  /** Memory that holds NaN, and −1 in integers. */
  private static final class PoisonedMemory implements StorageProvider {
    private final Map<Storage, Arena> arenas = new IdentityHashMap<>();

    @Override
    public Storage reserve(long bytes) {
      Arena arena = Arena.ofShared();
      Storage storage = new Storage.Host(arena.allocate(bytes, 64).fill(POISON));
      arenas.put(storage, arena);
      return storage;
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
