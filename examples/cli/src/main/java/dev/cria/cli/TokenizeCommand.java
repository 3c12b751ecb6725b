package dev.cria.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Dialog;
import dev.cria.chat.Message;
import dev.cria.chat.Role;
import dev.cria.core.CriaException;
import dev.cria.model.ModelFile;
import dev.cria.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Text to token ids and back, line by line. */
@Command(name = "tokenize", mixinStandardHelpOptions = true, description = "Turns lines of standard input into token ids, or ids into text.")
final class TokenizeCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private ModelChoice model = new ModelChoice();

    @Option(names = "--tokenizer", paramLabel = "FILE", description = "SentencePiece .model file, in place of a model")
    private Optional<Path> tokenizer = Optional.empty();

    @Option(names = "--jsonl", description = "lines are JSON: strings in and arrays of ids out, or the reverse")
    private boolean jsonl;

    @ArgGroup
    private Direction direction = new Direction();

    /** What is turned into what. */
    static final class Direction {
        @Option(names = "--decode", description = "ids to text")
        private boolean decode;

        @Option(names = "--chat", description = "dialogs, arrays of {\"role\", \"content\"}, to the ids of their prompts, BOS and EOS included; an answer at the end is to be continued")
        private boolean chat;
    }

    @Override
    public Integer call() {
        if (direction.chat && !jsonl) {
            throw new ParameterException(spec.commandLine(), "--chat reads dialogs as JSON: add --jsonl");
        }
        if (model.isNamed() && tokenizer.isPresent()) {
            throw new ParameterException(spec.commandLine(), "--model and --tokenizer exclude each other");
        }
        if (tokenizer.isPresent()) {
            convertLines(Tokenizer.load(tokenizer.get()), ChatTemplate.llama2());
        } else {
            try (ModelFile file = model.open(spec)) {
                convertLines(file.tokenizer(), file.chatTemplate());
            }
        }
        return 0;
    }

    private void convertLines(Tokenizer vocabulary, ChatTemplate template) {
        Shell shell = Shell.of(spec);
        shell.in().forEachLine(line -> shell.out().println(convert(vocabulary, template, line)));
    }

    private String convert(Tokenizer vocabulary, ChatTemplate template, String line) {
        if (direction.decode) {
            int[] ids = Json.read(jsonl ? line : "[" + line.strip().replaceAll("[\\s,]+", ",") + "]", int[].class,
                    "an array of token ids");
            String text = vocabulary.decode(ids);
            return jsonl ? Json.write(text) : text;
        }
        return Json.write(direction.chat
                ? template.render(dialog(line)).encode(vocabulary)
                : vocabulary.encode(jsonl ? Json.read(line, String.class, "a string") : line));
    }

    private static Dialog dialog(String line) {
        String expected = "an array of messages with role and content";
        List<Message> messages = new ArrayList<>();
        for (JsonNode message : Json.read(line, JsonNode.class, expected)) {
            if (!message.path("role").isTextual() || !message.path("content").isTextual()) {
                throw new CriaException("it must be " + expected);
            }
            messages.add(new Message(Role.named(message.get("role").textValue()),
                    message.get("content").textValue()));
        }
        return new Dialog(messages);
    }
}
