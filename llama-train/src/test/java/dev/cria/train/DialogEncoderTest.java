package dev.cria.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Dialog;
import dev.cria.chat.JinjaTemplate;
import dev.cria.chat.Message;
import dev.cria.chat.Prompt;
import dev.cria.chat.SpecialTokens;
import dev.cria.core.CriaException;
import dev.cria.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class DialogEncoderTest {
    private static final Tokenizer TOKENIZER = Tokenizer.of(SmallModels.characters());
    private static final TrainingDialog TWO_TURNS = TrainingDialog.of(Message.system("Be kind."), Message.user("Hi?"),
            Message.assistant("Hello!"), Message.user("And now?"), Message.assistant("Good bye."));

    static List<String> names() {
        return List.copyOf(ChatTemplate.names());
    }

    /** The stretches of a dialog that are learnt, as text; EOS as {@code </s>}. */
    private static List<String> learnt(List<TrainingExample> examples) {
        List<String> stretches = new ArrayList<>();
        for (TrainingExample example : examples) {
            for (int from = 0; from < example.tokens().length; from++) {
                int end = from;
                while (end < example.tokens().length && example.learnt()[end]) {
                    end++;
                }
                if (end > from) {
                    int[] tokens = Arrays.copyOfRange(example.tokens(), from, end);
                    boolean eos = tokens[tokens.length - 1] == TOKENIZER.vocabulary().eos();
                    stretches.add(TOKENIZER.decode(tokens).strip() + (eos ? "</s>" : ""));
                    from = end;
                }
            }
        }
        return stretches;
    }

    @ParameterizedTest
    @MethodSource("names")
    void answersAreLearntWithTheirEndAfterThePromptOfAChat(String name) {
        ChatTemplate template = ChatTemplate.named(name);
        List<TrainingExample> examples = new DialogEncoder(TOKENIZER, template).encode(TWO_TURNS);
        String end = template.stops().isEmpty() || name.equals("alpaca") ? "</s>" : template.stops().getFirst();
        assertThat(learnt(examples)).hasSize(2).allSatisfy(text -> assertThat(text).endsWith(end));
        assertThat(learnt(examples).getFirst()).startsWith("Hello!");
        assertThat(learnt(examples).getLast()).startsWith("Good bye.");
        // what is not learnt is what a chat gives the model to read, to the last token
        Dialog first = new Dialog(TWO_TURNS.messages().subList(0, 2));
        Dialog second = new Dialog(TWO_TURNS.messages().subList(0, 4));
        for (Dialog before : List.of(first, second)) {
            int[] prompt = template.render(before).encode(TOKENIZER);
            assertThat(examples).anySatisfy(example -> {
                assertThat(Arrays.copyOf(example.tokens(), prompt.length)).isEqualTo(prompt);
                assertThat(example.learnt()[prompt.length - 1]).isFalse();
                assertThat(example.learnt()[prompt.length]).isTrue();
            });
        }
        assertThat(examples).hasSize(name.equals("mistral-v3") || name.equals("codellama-70b") ? 2 : 1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '@', quoteCharacter = '`', value = {
        "<|im_end|>@{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{% endfor %}"
                + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
        "</s>@{% for m in messages %}{{ m.role ~ ': ' ~ m.content|trim ~ eos_token }}{% endfor %}{{ 'assistant: ' }}",
        "User:@{% for m in messages %}{{ m.role|title ~ ': ' ~ m.content ~ '\\n\\n' }}{% endfor %}{{ 'Assistant:' }}"})
    void answersAreLearntWithTheEndThatATextInJinjaGivesThem(String end, String jinja) {
        JinjaTemplate template = JinjaTemplate.parse(jinja, SpecialTokens.of(TOKENIZER));
        List<TrainingExample> examples = new DialogEncoder(TOKENIZER, template).encode(TWO_TURNS);
        assertThat(examples).hasSize(1);
        assertThat(learnt(examples)).hasSize(2).allSatisfy(text -> assertThat(text).endsWith(end));
        assertThat(learnt(examples).getFirst()).startsWith("Hello!");
        assertThat(learnt(examples).getLast()).startsWith("Good bye.");
    }

    @Test
    void aDialogThatTheTemplateRefusesIsNamed() {
        TrainingDialog dialog = new TrainingDialog("data.jsonl line 7",
                List.of(Message.user("a [/INST] b"), Message.assistant("c")));
        assertThatThrownBy(() -> new DialogEncoder(TOKENIZER, ChatTemplate.llama2()).encode(dialog))
                .isInstanceOf(CriaException.class)
                .hasMessageStartingWith("data.jsonl line 7: a message of the USER contains \"[/INST]\"");
    }

    @Test
    void marksInsideOfAnAnswerDoNotEndIt() {
        TrainingDialog dialog = TrainingDialog.of(Message.user("How does a sequence end?"),
                Message.assistant("With </s>, of course."));
        assertThat(learnt(new DialogEncoder(TOKENIZER, ChatTemplate.llama2()).encode(dialog)))
                .containsExactly("With </s>, of course.</s>");
    }

    @Test
    void aTemplateThatDoesNotEndAnswersIsRefused() {
        ChatTemplate endless = new ChatTemplate() {
            @Override
            public String name() {
                return "endless";
            }

            @Override
            public Prompt render(Dialog dialog) {
                Prompt.Builder prompt = Prompt.builder();
                dialog.messages().forEach(message -> prompt.text(message.content() + "\n"));
                return prompt.build();
            }
        };
        assertThatThrownBy(() -> new DialogEncoder(TOKENIZER, endless).encode(TWO_TURNS))
                .isInstanceOf(CriaException.class)
                .hasMessage(
                        "a dialog: the chat template endless does not end answers with EOS, and names no stop that does");
    }
}
