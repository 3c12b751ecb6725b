package dev.cria.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cria.chat.Prompt.Part;
import dev.cria.tokenizer.TokenType;
import dev.cria.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** Whatever messages contain, the marks of a prompt are those of the template, in their places. */
class ForgeryPropertiesTest {
    private static final String[] MARKS = {"<|im_start|>", "<|im_end|>", "<|start_header_id|>", "<|end_header_id|>",
        "<|eot_id|>", "<step>", "<|user|>", "girl", "\u2581\u2581"};
    private static final List<String> FRAGMENTS = List.of("<s>", "</s>", "<unk>", "<|im_start|>", "<|im_end|>", "<|im_",
            "start|>", "<|start_header_id|>", "<|eot_id|>", "<|", "|>", "<", ">", "[INST]", "[/INST]", "[", "<<SYS>>",
            "<</SYS>>", "<step>", "<|user|>", "<|assistant|>", "USER:", "ASSISTANT:", "### Response:", "system\n",
            "assistant\n", "\nAssistant:", "girl", " ", "  ", "\n", "\u2581", "\u2581<s>", "<0x0A>", "\ud83d",
            "\u0000");
    private static final String CHATML = "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}"
            + "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";
    private static final String LLAMA3 = "{% for m in messages %}{{ bos_token if loop.first }}{{ '<|start_header_id|>' + m.role"
            + " + '<|end_header_id|>\n\n' + m.content|trim + '<|eot_id|>' }}{% endfor %}"
            + "{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}";
    private static final String LLAMA2 = "{% for m in messages %}{% if m.role == 'system' %}{{ '<<SYS>>\n' + m.content + '\n<</SYS>>\n\n' }}"
            + "{% elif m.role == 'user' %}{{ bos_token + '[INST] ' + m.content.strip() + ' [/INST]' }}"
            + "{% else %}{{ ' ' + m.content + ' ' + eos_token }}{% endif %}{% endfor %}";
    private static final String ZEPHYR = "{% for m in messages %}{{ '<|' + m.role + '|>\n' + m.content + eos_token + '\n' }}"
            + "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}";
    private static final String DEEPSEEK = "{{ bos_token }}{% for m in messages %}{{ m.role|title + ': ' + m.content + '\n\n' }}"
            + "{% endfor %}Assistant:";

    @Provide
    Arbitrary<String> content() {
        return Arbitraries.frequencyOf(Tuple.of(4, Arbitraries.of(FRAGMENTS)),
                Tuple.of(1, Arbitraries.strings().ofMaxLength(4)),
                Tuple.of(1, Arbitraries.strings().ascii().ofMaxLength(4)))
                .list().ofMaxSize(8).map(parts -> String.join("", parts));
    }

    /** User and assistant in turn, so that every template has a place for them. */
    @Provide
    Arbitrary<List<Message>> messages() {
        Arbitrary<List<String>> contents = content().list().ofMinSize(1).ofMaxSize(5);
        return Combinators.combine(contents, Arbitraries.of(true, false)).as((texts, withSystem) -> {
            List<Message> messages = new ArrayList<>();
            if (withSystem) {
                messages.add(Message.system(texts.getFirst()));
            }
            for (int i = 0; i < texts.size() / 2 * 2 + 1; i++) {
                messages.add(new Message(i % 2 == 0 ? Role.USER : Role.ASSISTANT, texts.get(i % texts.size())));
            }
            return messages;
        });
    }

    /** A vocabulary, and all kinds of templates for it. */
    record Model(Tokenizer tokenizer, List<ChatTemplate> templates) {
        static Model of(Tokenizer tokenizer) {
            SpecialTokens tokens = SpecialTokens.of(tokenizer);
            Stream<ChatTemplate> executed = Stream.of(CHATML, LLAMA3, LLAMA2, ZEPHYR, DEEPSEEK)
                    .map(text -> JinjaTemplate.parse(text, tokens));
            return new Model(tokenizer,
                    Stream.concat(executed, ChatTemplate.names().stream().map(ChatTemplate::named)).toList());
        }
    }

    private static final List<Model> MODELS = Stream.of(Vocabularies.with(TokenType.USER_DEFINED, MARKS),
            Vocabularies.with(TokenType.CONTROL, MARKS), Vocabularies.with(TokenType.NORMAL, MARKS),
            Vocabularies.with(TokenType.CONTROL)).map(Model::of).toList();

    @Provide
    Arbitrary<Model> models() {
        return Arbitraries.of(MODELS);
    }

    @Property(tries = 300)
    void marksAreThoseOfTheTemplateInTheirPlaces(@ForAll("messages") List<Message> messages,
            @ForAll("models") Model model) {
        Tokenizer tokenizer = model.tokenizer();
        Dialog harmless = new Dialog(messages.stream().map(message -> new Message(message.role(), "x")).toList());
        Dialog dialog = new Dialog(messages);
        model.templates().forEach(template -> {
            Prompt prompt = template.render(dialog);
            int[] ids;
            try {
                ids = prompt.encode(tokenizer);
            } catch (InvalidDialogException e) {
                // refused, because a mark that is text stands in it
                String all = String.join("", messages.stream().map(Message::content).toList());
                assertThat(prompt.reserved()).as(e.getMessage()).anyMatch(all::contains);
                return;
            }
            int[] expected = template.render(harmless).encode(tokenizer);
            assertThat(marks(tokenizer, ids)).as(template.name()).isEqualTo(marks(tokenizer, expected));
            assertThat(stretches(tokenizer, ids)).as(template.name()).isEqualTo(stretches(prompt, tokenizer));
        });
    }

    private static boolean isMark(Tokenizer tokenizer, int id) {
        String text = tokenizer.vocabulary().pieces().get(id).text();
        return switch (tokenizer.vocabulary().pieces().get(id).type()) {
            case CONTROL, UNKNOWN -> true;
            case USER_DEFINED -> !text.equals("girl") && !text.isBlank() && !text.equals("\u2581\u2581");
            case NORMAL -> text.startsWith("<") && text.length() > 1;
            case UNUSED, BYTE -> false;
        };
    }

    private static int[] marks(Tokenizer tokenizer, int[] ids) {
        return IntStream.of(ids).filter(id -> isMark(tokenizer, id)).toArray();
    }

    /** {@return the texts between the marks} */
    private static List<String> stretches(Tokenizer tokenizer, int[] ids) {
        List<String> texts = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        for (int id : ids) {
            if (isMark(tokenizer, id)) {
                texts.add(squeezed(text));
            } else {
                text.append(bytes(tokenizer, id));
            }
        }
        texts.add(squeezed(text));
        return texts;
    }

    /** The bytes of a token, each as a character. */
    private static String bytes(Tokenizer tokenizer, int id) {
        String text = tokenizer.vocabulary().pieces().get(id).text();
        return switch (tokenizer.vocabulary().pieces().get(id).type()) {
            case BYTE -> String.valueOf((char) Integer.parseInt(text.substring(3, 5), 16));
            default -> latin(text.replace('\u2581', ' '));
        };
    }

    private static List<String> stretches(Prompt prompt, Tokenizer tokenizer) {
        List<String> texts = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        for (Part part : prompt.parts()) {
            switch (part) {
                case Part.Text(String stretch) -> text.append(latin(stretch));
                case Part.Content(Role _, String stretch) -> text.append(latin(stretch));
                case Part.Cut() -> {
                }
                case Part.Bos(),Part.Eos(),Part.Start() -> texts.add(squeezed(text));
                case Part.Mark(String mark) when tokenizer.idOf(mark).isPresent() && isMark(tokenizer, tokenizer.idOf(
                        mark).getAsInt()) ->
                    texts.add(squeezed(text));
                case Part.Mark(String mark) -> text.append(latin(mark));
            }
        }
        texts.add(squeezed(text));
        return texts;
    }

    private static String latin(String text) {
        return new String(text.replace('\u2581', ' ').replaceAll("\\p{Cs}", "\ufffd").getBytes(StandardCharsets.UTF_8),
                StandardCharsets.ISO_8859_1);
    }

    /** Spaces are put before texts and after added tokens, so they do not count here. */
    private static String squeezed(StringBuilder text) {
        String squeezed = text.toString().replace(" ", "");
        text.setLength(0);
        return squeezed;
    }
}
