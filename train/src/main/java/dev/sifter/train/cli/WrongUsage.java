package dev.sifter.train.cli;

import dev.sifter.train.report.Visible;
import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Answers a command that was called wrongly: what is wrong, what was perhaps meant, and where the
 * options are listed. The list itself would push the error off the screen.
 */
final class WrongUsage implements IParameterExceptionHandler {
  @Override
  public int handleParseException(ParameterException error, String[] args) {
    PrintWriter err = error.getCommandLine().getErr();
    String command = error.getCommandLine().getCommandSpec().qualifiedName();
    if (error instanceof UnmatchedArgumentException unmatched) {
      err.printf(
          "%s: it does not take '%s'%n",
          command, Visible.message(String.join(" ", unmatched.getUnmatched())));
      List<String> alike = unmatched.getSuggestions();
      if (!alike.isEmpty()) {
        err.println("spelled alike: " + String.join(", ", alike));
      }
    } else {
      err.println(command + ": " + Visible.message(error.getMessage()));
    }
    err.printf("'%s --help' says how it is called%n", command);
    return error.getCommandLine().getCommandSpec().exitCodeOnInvalidInput();
  }
}
