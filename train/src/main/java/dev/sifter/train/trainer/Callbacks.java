package dev.sifter.train.trainer;

import dev.sifter.model.FileErrors;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A user's own listeners: classes named in {@code callbacks}, from the jars and folders in {@code
 * callback_path}. Closing this closes those that can be closed, and their jars.
 */
public final class Callbacks implements AutoCloseable {
  private final URLClassLoader loader;
  private final List<TrainingListener> listeners = new ArrayList<>();

  private Callbacks(List<String> path) {
    this.loader =
        new URLClassLoader(
            path.stream().map(Callbacks::url).toArray(URL[]::new),
            Callbacks.class.getClassLoader());
  }

  /**
   * Makes one listener of each class.
   *
   * @throws IllegalArgumentException if a class is not there, is no listener, or cannot be made
   */
  public static Callbacks of(TrainingArguments arguments) {
    Callbacks callbacks = new Callbacks(arguments.callbackPath);
    try {
      for (String name : arguments.callbacks) {
        callbacks.listeners.add(callbacks.make(name, arguments.callbackPath));
      }
      return callbacks;
    } catch (RuntimeException e) {
      callbacks.close();
      throw e;
    }
  }

  private static URL url(String entry) {
    Path path = Path.of(entry);
    if (!Files.exists(path)) {
      throw new IllegalArgumentException(
          "callback_path names %s, which is not there; name jars or folders of classes"
              .formatted(entry));
    }
    try {
      return path.toUri().toURL();
    } catch (MalformedURLException e) {
      throw new IllegalArgumentException("callback_path names " + entry, e);
    }
  }

  private TrainingListener make(String name, List<String> path) {
    try {
      return loader
          .loadClass(name)
          .asSubclass(TrainingListener.class)
          .getConstructor()
          .newInstance();
    } catch (ClassNotFoundException e) {
      throw new IllegalArgumentException(
          "callbacks names the class %s, which is not in callback_path %s".formatted(name, path),
          e);
    } catch (ClassCastException e) {
      throw new IllegalArgumentException(
          "callbacks names %s, which does not implement %s"
              .formatted(name, TrainingListener.class.getName()),
          e);
    } catch (NoSuchMethodException | InstantiationException | IllegalAccessException e) {
      throw new IllegalArgumentException(
          "callbacks names %s, which must be a public class with a public constructor without parameters"
              .formatted(name),
          e);
    } catch (LinkageError e) {
      throw new IllegalArgumentException(
          ("callbacks names %s, which cannot be loaded: %s; compile it for this JDK, and name jars"
                  + " or folders of whole packages in callback_path")
              .formatted(name, e),
          e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException(
          "callbacks names %s, whose constructor failed: %s".formatted(name, e.getCause()), e);
    }
  }

  /** The listeners, in the order of their names. */
  public List<TrainingListener> listeners() {
    return List.copyOf(listeners);
  }

  /** Closes all, also where one of them fails; what the first says is told. */
  @Override
  public void close() {
    Exception failure = null;
    for (TrainingListener listener : listeners) {
      try {
        if (listener instanceof AutoCloseable closeable) {
          closeable.close();
        }
      } catch (Exception e) {
        failure = failure == null ? e : failure;
      }
    }
    try {
      loader.close();
    } catch (IOException e) {
      throw FileErrors.because("cannot close callbacks", e);
    }
    if (failure != null) {
      throw new IllegalStateException(
          "a callback cannot be closed: " + failure.getMessage(), failure);
    }
  }
}
