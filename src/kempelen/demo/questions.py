"""What the demo asks: the question about a bird, and three HITs to try out as a person."""

from dataclasses import dataclass
from decimal import Decimal
from xml.sax.saxutils import escape

LABEL = "label"
FORM_SCHEMA = (
    "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2017-11-06/QuestionForm.xsd"
)
HTML_SCHEMA = (
    "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2011-11-11/HTMLQuestion.xsd"
)
EXTERNAL_SCHEMA = (
    "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2006-07-14/"
    "ExternalQuestion.xsd"
)
_HEIGHT = 420

_BIRD = """\
<QuestionForm xmlns="{schema}">
  <Overview>
    <Title>Photograph {item}</Title>
    <Text>An indigo bunting is small and blue all over, its wings without brown bars.</Text>
  </Overview>
  <Question>
    <QuestionIdentifier>{label}</QuestionIdentifier>
    <IsRequired>true</IsRequired>
    <QuestionContent><Text>Does photograph {item} show an indigo bunting?</Text></QuestionContent>
    <AnswerSpecification>
      <SelectionAnswer>
        <StyleSuggestion>radiobutton</StyleSuggestion>
        <Selections>
          <Selection>
            <SelectionIdentifier>yes</SelectionIdentifier><Text>Yes</Text>
          </Selection>
          <Selection>
            <SelectionIdentifier>no</SelectionIdentifier><Text>No</Text>
          </Selection>
        </Selections>
      </SelectionAnswer>
    </AnswerSpecification>
  </Question>
</QuestionForm>
"""

_FORM = """\
<QuestionForm xmlns="{schema}">
  <Overview><Text>Think of the walk that you took last.</Text></Overview>
  <Question>
    <QuestionIdentifier>weather</QuestionIdentifier>
    <IsRequired>true</IsRequired>
    <QuestionContent><Text>What was the weather like?</Text></QuestionContent>
    <AnswerSpecification>
      <SelectionAnswer>
        <StyleSuggestion>checkbox</StyleSuggestion>
        <Selections>
          <Selection>
            <SelectionIdentifier>sunny</SelectionIdentifier><Text>Sunny</Text>
          </Selection>
          <Selection>
            <SelectionIdentifier>windy</SelectionIdentifier><Text>Windy</Text>
          </Selection>
          <Selection>
            <SelectionIdentifier>wet</SelectionIdentifier><Text>Wet</Text>
          </Selection>
        </Selections>
      </SelectionAnswer>
    </AnswerSpecification>
  </Question>
  <Question>
    <QuestionIdentifier>minutes</QuestionIdentifier>
    <IsRequired>true</IsRequired>
    <QuestionContent><Text>How many minutes did you walk?</Text></QuestionContent>
    <AnswerSpecification>
      <FreeTextAnswer>
        <Constraints><IsNumeric minValue="1" maxValue="1440"/></Constraints>
      </FreeTextAnswer>
    </AnswerSpecification>
  </Question>
  <Question>
    <QuestionIdentifier>birds</QuestionIdentifier>
    <IsRequired>false</IsRequired>
    <QuestionContent><Text>Which birds did you see or hear?</Text></QuestionContent>
    <AnswerSpecification>
      <FreeTextAnswer>
        <NumberOfLinesSuggestion>4</NumberOfLinesSuggestion>
      </FreeTextAnswer>
    </AnswerSpecification>
  </Question>
</QuestionForm>
"""

_HTML_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>The mood of a sentence</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 1rem; max-width: 40rem; }
blockquote { font-size: 1.25rem; margin: 1rem 0; }
label { display: block; margin: .5rem 0; }
textarea { display: block; width: 100%; box-sizing: border-box; font: inherit; }
button { font: inherit; padding: .5rem 1.5rem; margin-top: 1rem; }
</style>
<script src="https://s3.amazonaws.com/mturk-public/externalHIT_v1.js"></script>
</head>
<body>
<form id="mturk_form" method="post" action="https://www.mturk.com/mturk/externalSubmit">
<input type="hidden" id="assignmentId" name="assignmentId" value="">
<p>In which mood was this written?</p>
<blockquote>The rain has stopped, and a bunting sings above the wet hedge.</blockquote>
<label><input type="radio" name="mood" value="cheerful" required> cheerful</label>
<label><input type="radio" name="mood" value="calm"> calm</label>
<label><input type="radio" name="mood" value="sad"> sad</label>
<label>Which word shows it best? <textarea name="word" rows="2"></textarea></label>
<button id="submitButton" type="submit">Submit</button>
</form>
<script>turkSetAssignmentID();</script>
</body>
</html>
"""

_HTML = """\
<HTMLQuestion xmlns="{schema}">
  <HTMLContent><![CDATA[{page}]]></HTMLContent>
  <FrameHeight>{height}</FrameHeight>
</HTMLQuestion>
"""

_EXTERNAL = """\
<ExternalQuestion xmlns="{schema}">
  <ExternalURL>{url}</ExternalURL>
  <FrameHeight>{height}</FrameHeight>
</ExternalQuestion>
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenHIT:
    """A HIT that stays open for the person who looks in."""

    title: str
    description: str
    reward: Decimal
    question: str


def bird(item: int) -> str:
    """The QuestionForm about one photograph; control HITs look like all others."""
    return _BIRD.format(schema=FORM_SCHEMA, item=item, label=LABEL)


def open_hits(page_url: str) -> tuple[OpenHIT, ...]:
    """One HIT of each question type; the last one shows the page at `page_url`."""
    return (
        OpenHIT(
            title="Your last walk",
            description="Three questions about a walk. A QuestionForm, drawn by the site.",
            reward=Decimal("0.20"),
            question=_FORM.format(schema=FORM_SCHEMA),
        ),
        OpenHIT(
            title="The mood of a sentence",
            description="Say how a sentence sounds. An HTMLQuestion, a page inside a frame.",
            reward=Decimal("0.10"),
            question=_HTML.format(schema=HTML_SCHEMA, page=_HTML_PAGE, height=_HEIGHT),
        ),
        OpenHIT(
            title="Count the eggs",
            description="How many eggs are there? An ExternalQuestion, a page of the requester's.",
            reward=Decimal("0.15"),
            question=_EXTERNAL.format(schema=EXTERNAL_SCHEMA, url=escape(page_url), height=_HEIGHT),
        ),
    )
