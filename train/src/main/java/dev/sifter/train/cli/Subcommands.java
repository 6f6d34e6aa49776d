package dev.sifter.train.cli;

import dev.sifter.train.cli.kernels.KernelsCommand;
import java.util.Collection;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The commands of {@code sifter}. Only one that is called has its options read, which takes a fifth
 * of the start for all of them; of the others the list in the help shows no more than names and
 * descriptions.
 */
final class Subcommands {
  static final List<Class<?>> ALL =
      List.of(
          AddTokensCommand.class,
          ChatCommand.class,
          CombineCommand.class,
          DataCommand.class,
          DemoCommand.class,
          DoctorCommand.class,
          EvalCommand.class,
          ExportCommand.class,
          GenerateCommand.class,
          KernelsCommand.class,
          MergeCommand.class,
          PlanCommand.class,
          PretrainCommand.class,
          ReportCommand.class,
          ScoreCommand.class,
          SftCommand.class,
          TemplateCommand.class,
          TokenizeCommand.class,
          TrainTokenizerCommand.class);

  private Subcommands() {}

  static String nameOf(Class<?> command) {
    return command.getAnnotation(Command.class).name();
  }

  /** Adds every command to {@code main}, in full those that {@code words} name. */
  static void addTo(CommandLine main, Collection<String> words) {
    for (Class<?> command : ALL) {
      String name = nameOf(command);
      main.addSubcommand(name, words.contains(name) ? new CommandLine(command) : entryOf(command));
    }
  }

  private static CommandSpec entryOf(Class<?> command) {
    CommandSpec entry = CommandSpec.create();
    entry.usageMessage().description(command.getAnnotation(Command.class).description());
    return entry;
  }
}
