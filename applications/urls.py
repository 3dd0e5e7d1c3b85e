"""Addresses of the pages behind emailed links, and of asking for a link again."""

from django.urls import path

from applications.views import approving, checking, filling_in, links, nomination_board, own, status

urlpatterns = [
    path("link-again/", links.link_again, name="link_again"),
    path("link-again/sent/", links.link_sent, name="link_sent"),
    path("link-again/<str:opens>/<str:token>/", links.link_fresh, name="link_fresh"),
    path("my/<str:token>/", status.application, name="application"),
    path("my/<str:token>/about/", filling_in.about, name="about"),
    path("my/<str:token>/questions/", filling_in.questions, name="questions"),
    path("my/<str:token>/approvers/", filling_in.approvers, name="approvers"),
    path("my/<str:token>/declarations/", filling_in.declarations, name="declarations"),
    path("my/<str:token>/check/", checking.check, name="check"),
    path("my/<str:token>/submitted/", checking.submitted, name="submitted"),
    path("my/<str:token>/withdraw/", own.withdraw, name="withdraw"),
    path("my/<str:token>/information/", own.information, name="information"),
    path("my/<str:token>/approvals/<int:pk>/", own.my_approval, name="my_approval"),
    path("my/<str:token>/files/<int:pk>/", own.my_file, name="my_file"),
    path("board/<str:token>/", nomination_board.board, name="board"),
    path("board/<str:token>/swap/", nomination_board.swap, name="board_swap"),
    path("board/<str:token>/note/", nomination_board.note, name="board_note"),
    path("board/<str:token>/confirm/", nomination_board.confirm, name="board_confirm"),
    path("approve/passed-on/", approving.approval_passed_on, name="approval_passed_on"),
    path("approve/<str:token>/", approving.approve, name="approve"),
    path("approve/<str:token>/done/", approving.approval_done, name="approval_done"),
]
