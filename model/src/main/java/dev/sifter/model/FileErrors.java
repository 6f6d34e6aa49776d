package dev.sifter.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** Failures of files in words: of many, Java's own message is no more than the path. */
public final class FileErrors {
  private FileErrors() {}

  /**
   * An error that says why.
   *
   * @param what could not be done, as in {@code cannot read config.yaml}
   */
  public static UncheckedIOException because(String what, IOException cause) {
    return new UncheckedIOException(what + ": " + reason(cause), cause);
  }

  /** Why a file could not be read or written, without its name. */
  public static String reason(IOException cause) {
    return switch (cause) {
      case AccessDeniedException _ -> "permission denied";
      case NoSuchFileException _ -> "no such file or folder";
      case NotDirectoryException _ -> "it is not a folder";
      case FileAlreadyExistsException _ -> "a file of that name is there already";
      case DirectoryNotEmptyException _ -> "the folder is not empty";
      case FileSystemLoopException _ -> "its links lead in a circle";
      case CharacterCodingException _ -> "it is not UTF-8 text";
      case FileSystemException system when system.getReason() != null ->
          inWords(system.getReason());
      default -> inWords(cause.getMessage() == null ? cause.toString() : cause.getMessage());
    };
  }

  /** The system's words, but for those that this program has its own for. */
  private static String inWords(String reason) {
    return switch (reason) {
      case "Is a directory" -> "it is a folder";
      case "Not a directory" -> "a part of its path is not a folder";
      default -> reason;
    };
  }
}
